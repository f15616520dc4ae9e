import { afterAll, describe, expect, test } from 'vitest'
import {
  aiSdk,
  call,
  diagnoseProject,
  inShort,
  integration,
  nextjs,
  removeProjects,
  soundNext,
  telemetry,
  type Files,
  type Packages,
} from './project.ts'

afterAll(removeProjects)

const seven = aiSdk(7)
const route = soundNext['app/api/chat/route.ts'] ?? ''
const inFunction = `import { OpenTelemetry } from '@ai-sdk/otel'
import { registerTelemetry } from 'ai'
export function setUp() {
  registerTelemetry(new OpenTelemetry({ usage: true, providerMetadata: true }))
}
export const other = 1
`
const otel = `import { registerOTel } from '@vercel/otel'
import { CostSpanProcessor } from 'costspan'
`
const register =
  "registerOTel({ serviceName: 'chat', spanProcessors: [new CostSpanProcessor(), 'auto'] })"
const next = (setUp: string, instrumentation: string, more: Files): Files => ({
  'lib/set-up.ts': setUp,
  'instrumentation.ts': `${otel}${instrumentation}`,
  'app/api/chat/route.ts': route,
  ...more,
})
const importing = `import './lib/set-up'\nexport function register() { ${register} }\n`
const awaiting = `export async function register() {\n  ${register}\n  await import('./lib/set-up')\n}\n`
const calling = `import { setUp } from './lib/set-up'\nexport function register() {\n  ${register}\n  setUp()\n}\n`
const node = { 'telemetry.ts': telemetry, 'answer.ts': call }

const twice: readonly (readonly [what: string, files: Files, packages: Packages])[] = [
  [
    'one file, by instrumentation and by a route',
    next(integration, importing, {
      'app/api/chat/route.ts': `import '../../../lib/set-up'\n${route}`,
    }),
    nextjs,
  ],
  [
    'one file, by `await import()` and by a route',
    next(integration, awaiting, { 'app/api/chat/route.ts': `import '@/lib/set-up'\n${route}` }),
    nextjs,
  ],
  [
    'one file, by instrumentation and by what a route imports',
    next(integration, importing, {
      'lib/db.ts': "import './set-up'\nexport const db = 1\n",
      'app/api/chat/route.ts': `import '../../../lib/db'\n${route}`,
    }),
    nextjs,
  ],
  [
    'one function, called by instrumentation and by a route',
    next(inFunction, calling, {
      'app/api/chat/route.ts': `import { setUp } from '../../../lib/set-up'\nsetUp()\n${route}`,
    }),
    nextjs,
  ],
  [
    'instrumentation, and a file that a route imports',
    {
      ...soundNext,
      'lib/set-up.ts': integration,
      'app/page.tsx': "import '../lib/set-up'\nexport default function Page() { return null }\n",
    },
    nextjs,
  ],
  [
    'two files that a server imports',
    {
      ...node,
      'a.ts': integration,
      'b.ts': integration,
      'server.ts': "import './a.ts'\nimport './b.ts'\nimport './telemetry.ts'\n",
    },
    seven,
  ],
  [
    'a file, and one that imports it',
    { ...node, 'a.ts': integration, 'server.ts': `import './a.ts'\n${integration}` },
    seven,
  ],
  [
    'two files behind files between',
    {
      ...node,
      'a.ts': integration,
      'b.ts': integration,
      'x.ts': "import './b.ts'\n",
      'server.ts': "import './a.ts'\nimport './x.ts'\nimport './telemetry.ts'\n",
    },
    seven,
  ],
]

const once: readonly (readonly [what: string, files: Files, packages: Packages])[] = [
  ['instrumentation alone', next(integration, importing, {}), nextjs],
  [
    'two files that import one, in one Node process',
    {
      ...node,
      'a.ts': integration,
      'x.ts': "import './a.ts'\n",
      'server.ts': "import './a.ts'\nimport './x.ts'\nimport './telemetry.ts'\n",
    },
    seven,
  ],
  [
    'two files of two processes',
    {
      ...node,
      'a.ts': integration,
      'b.ts': integration,
      'server.ts': "import './a.ts'\n",
      'worker.ts': "import './b.ts'\n",
    },
    seven,
  ],
  [
    'a route that imports something else of the file of a function',
    next(inFunction, calling, {
      'app/api/chat/route.ts': `import { other } from '../../../lib/set-up'\nexport const o = other\n${route}`,
    }),
    nextjs,
  ],
  [
    'a route that imports instrumentation',
    {
      ...soundNext,
      'instrumentation.ts': `${soundNext['instrumentation.ts']}export const exporter = 1\n`,
      'app/api/chat/route.ts': `import { exporter } from '../../../instrumentation'\nexport const e = exporter\n${route}`,
    },
    nextjs,
  ],
  [
    'one that is guarded',
    next(
      integration.replace(
        'registerTelemetry(new',
        'if (!(globalThis as any).registered) registerTelemetry(new',
      ),
      importing,
      { 'app/api/chat/route.ts': `import '../../../lib/set-up'\n${route}` },
    ),
    nextjs,
  ],
  [
    'its types alone',
    next(`${integration}export type T = string\n`, importing, {
      'app/api/chat/route.ts': `import type { T } from '../../../lib/set-up'\nexport const t: T = ''\n${route}`,
    }),
    nextjs,
  ],
  [
    'a test',
    next(integration, importing, {
      'test/a.ts': "import '../lib/set-up'\n",
      'app/api/chat/route.test.ts': "import '../../../lib/set-up'\n",
    }),
    nextjs,
  ],
  [
    'a comment',
    next(integration, importing, {
      'app/api/chat/route.ts': `// import '../../../lib/set-up'\n${route}`,
    }),
    nextjs,
  ],
]

describe('an integration that several files register', () => {
  test.each(twice)('twice in one process is an error: %s', async (_, files, packages) => {
    const { findings } = await diagnoseProject(files, packages)
    expect(findings.filter(({ id }) => id === 'integration-twice').map(inShort)).toEqual([
      expect.stringMatching(/^error /),
    ])
  })

  test.each(once)('once in a process is no finding: %s', async (_, files, packages) => {
    const { findings } = await diagnoseProject(files, packages)
    expect(findings.filter(({ id }) => id === 'integration-twice').map(inShort)).toEqual([])
  })

  test('two different ones are a warning', async () => {
    const legacy = integration.replaceAll('OpenTelemetry', 'LegacyOpenTelemetry')
    const files = {
      ...node,
      'a.ts': integration,
      'b.ts': legacy,
      'server.ts': "import './a.ts'\nimport './b.ts'\nimport './telemetry.ts'\n",
    }
    const { findings } = await diagnoseProject(files, seven)
    expect(findings).toMatchObject([{ id: 'integration-twice', severity: 'warning' }])
  })
})

test('beside instrumentations, an ESM set-up that nothing loads is to be loaded by --import', async () => {
  const files: Files = {
    'package.json': JSON.stringify({
      name: 'app',
      type: 'module',
      scripts: { start: 'node server.js' },
      dependencies: { ai: '*', costspan: '*', '@opentelemetry/instrumentation': '*' },
    }),
    'sdk.js': `import { registerInstrumentations } from '@opentelemetry/instrumentation'\nregisterInstrumentations({})\n${telemetry}`,
    'server.js': "import { generateText } from 'ai'\nvoid generateText({})\n",
  }
  const { findings } = await diagnoseProject(files, {
    ...seven,
    '@opentelemetry/instrumentation': { version: '0.221.0' },
  })
  const found = findings.find(({ id }) => id === 'set-up-not-loaded')
  expect(found?.add).toMatch(/^node --import \.\/sdk\.js/)
  expect(found?.add).not.toContain("import './sdk.js'")
  const commonJs = {
    ...files,
    'package.json': (files['package.json'] ?? '').replace('"type":"module",', ''),
  }
  const other = await diagnoseProject(commonJs, seven)
  expect(other.findings.find(({ id }) => id === 'set-up-not-loaded')?.add).toContain(
    "import './sdk.js'",
  )
})
