import { afterAll, describe, expect, test } from 'vitest'
import {
  diagnoseProject,
  inShort,
  nextjs,
  removeProjects,
  soundNext,
  type Files,
} from './project.ts'

afterAll(removeProjects)

const middleware =
  "import { NextResponse } from 'next/server'\nexport function middleware() { return NextResponse.next() }\n"
const rest = `import { OpenTelemetry } from '@ai-sdk/otel'
import { registerOTel } from '@vercel/otel'
import { registerTelemetry } from 'ai'
import { CostSpanProcessor } from 'costspan'
`
const body = `registerOTel({ serviceName: 'chat', spanProcessors: [new CostSpanProcessor({ onCharge: ledger.record }), 'auto'] })
  registerTelemetry(new OpenTelemetry({ usage: true, providerMetadata: true }))
`
const ledger = "import { openLedger } from 'costspan/ledger'\n"
const direct = `${rest}${ledger}const ledger = openLedger('ledger.ndjson')\nexport function register() {\n  ${body}}\n`
const inNode = `${rest}${ledger}const ledger = openLedger('ledger.ndjson')\n${body}`
const opened =
  "const { openLedger } = await import('costspan/ledger')\n  const ledger = openLedger('ledger.ndjson')\n  "

function project(instrumentation: string, more: Files): Files {
  return { ...soundNext, 'instrumentation.ts': instrumentation, ...more }
}
const withMiddleware = { 'middleware.ts': middleware }
const guarded = (code: string): string =>
  `${rest}export async function register() {\n  ${code}\n}\n`

const broken: readonly (readonly [what: string, files: Files])[] = [
  ['the ledger beside middleware.ts', project(direct, withMiddleware)],
  ['the ledger beside src/middleware.ts', project(direct, { 'src/middleware.ts': middleware })],
  [
    'the ledger beside an edge route',
    project(direct, {
      'app/api/edge/route.ts':
        "export const runtime = 'edge'\nexport const GET = () => new Response()\n",
    }),
  ],
  [
    'otlp',
    project(
      `${rest}import { sendTo } from 'costspan/otlp'\nexport function register() { registerOTel({ serviceName: 'x', ...sendTo('langfuse') }) }\n`,
      withMiddleware,
    ),
  ],
  [
    'through another file',
    project("import './set-up'\nexport function register() {}\n", {
      ...withMiddleware,
      'set-up.ts': inNode,
    }),
  ],
  [
    'through a dynamic import without a condition',
    project(guarded("await import('./set-up')"), { ...withMiddleware, 'set-up.ts': inNode }),
  ],
  [
    'a condition around its use alone',
    project(
      direct.replace('registerOTel({', "if (process.env.NEXT_RUNTIME === 'nodejs') registerOTel({"),
      withMiddleware,
    ),
  ],
  [
    'the wrong condition',
    project(guarded("if (process.env.NEXT_RUNTIME === 'edge') await import('./set-up')"), {
      ...withMiddleware,
      'set-up.ts': inNode,
    }),
  ],
  [
    'another condition',
    project(guarded("if (process.env.NODE_ENV === 'production') await import('./set-up')"), {
      ...withMiddleware,
      'set-up.ts': inNode,
    }),
  ],
]

const sound: readonly (readonly [what: string, files: Files])[] = [
  ['no middleware', project(direct, {})],
  [
    'proxy.ts, which runs in Node',
    project(direct, { 'proxy.ts': middleware.replace('middleware', 'proxy') }),
  ],
  [
    'middleware that runs in Node',
    project(direct, {
      'middleware.ts': `${middleware}export const config = { runtime: 'nodejs' }\n`,
    }),
  ],
  [
    'a route that runs in Node',
    project(direct, {
      'app/api/node/route.ts':
        "export const runtime = 'nodejs'\nexport const GET = () => new Response()\n",
    }),
  ],
  [
    'behind the condition',
    project(
      guarded("if (process.env.NEXT_RUNTIME === 'nodejs') {\n    await import('./set-up')\n  }"),
      { ...withMiddleware, 'set-up.ts': inNode },
    ),
  ],
  [
    'behind `&&`',
    project(guarded("process.env.NEXT_RUNTIME === 'nodejs' && (await import('./set-up'))"), {
      ...withMiddleware,
      'set-up.ts': inNode,
    }),
  ],
  [
    'after a return',
    project(
      guarded(`if (process.env.NEXT_RUNTIME !== 'nodejs') return\n  ${opened}${body}`),
      withMiddleware,
    ),
  ],
  [
    'behind `!== edge`',
    project(guarded("if (process.env['NEXT_RUNTIME'] !== 'edge') await import('./set-up')"), {
      ...withMiddleware,
      'set-up.ts': inNode,
    }),
  ],
  ['no ledger', { ...soundNext, ...withMiddleware }],
  [
    'its types alone',
    project(
      `import type { Ledger } from 'costspan/ledger'\n${soundNext['instrumentation.ts']}export type L = Ledger\n`,
      withMiddleware,
    ),
  ],
  [
    'the ledger in a route',
    {
      ...soundNext,
      ...withMiddleware,
      'app/api/x/route.ts': `${ledger}export const GET = () => new Response(String(openLedger))\n`,
    },
  ],
]

describe('what needs Node, in instrumentation.ts', () => {
  test.each(broken)('is a warning where the edge runtime loads it too: %s', async (_, files) => {
    const { findings } = await diagnoseProject(files, nextjs)
    expect(findings.filter(({ id }) => id === 'edge-import')).toMatchObject([
      {
        severity: 'warning',
        file: 'instrumentation.ts',
        add: expect.stringContaining('NEXT_RUNTIME'),
      },
    ])
  })

  test.each(sound)('is no finding: %s', async (_, files) => {
    const { findings } = await diagnoseProject(files, nextjs)
    expect(findings.filter(({ id }) => id === 'edge-import').map(inShort)).toEqual([])
  })
})
