import { describe, expect, test } from 'vitest'
import { findingSuite } from './finding-suite.ts'
import {
  aiSdk,
  call,
  changed,
  diagnoseProject,
  nextjs,
  otel,
  sound,
  soundNext,
  type Files,
} from './project.ts'

const route = soundNext['app/api/chat/route.ts'] ?? ''
const ledger = `import { CostSpanProcessor } from 'costspan'
import { openLedger } from 'costspan/ledger'

const ledger = openLedger('ledger.ndjson')
export const processor = new CostSpanProcessor({ onCharge: ledger.record })
`

const closed = `${ledger}process.once('SIGTERM', () => void ledger.close().then(() => process.exit()))\n`
function metrics(options: string): Files {
  return {
    ...sound,
    'metrics.ts': `import { CostSpanProcessor } from 'costspan'
import { costMetrics } from 'costspan/metrics'

export const processor = new CostSpanProcessor({ onCharge: costMetrics(${options}) })
`,
  }
}

findingSuite([
  {
    what: 'nothing flushes on Cloudflare',
    id: 'no-flush',
    severity: 'error',
    at: ['wrangler.jsonc'],
    add: 'context.waitUntil(flush(',
    files: { ...sound, 'wrangler.jsonc': '{ "name": "chat" }' },
    packages: aiSdk(7),
    mended: {
      ...sound,
      'wrangler.jsonc': '{ "name": "chat" }',
      'flush.ts': `import { flush } from 'costspan/flush'
export const after = (context: { waitUntil(done: Promise<unknown>): void }) => context.waitUntil(flush())
`,
    },
  },
  {
    what: 'nothing flushes in a handler of AWS Lambda',
    id: 'no-flush',
    severity: 'error',
    at: ['handler.ts', 'export const handler'],
    add: 'await flush(',
    files: {
      ...sound,
      'handler.ts': `import type { Handler } from 'aws-lambda'
import { answer } from './answer.ts'
export const handler: Handler = async (event) => (await answer('u', event.prompt)).text
`,
    },
    packages: aiSdk(7),
    mended: {
      ...sound,
      'handler.ts': `import type { Handler } from 'aws-lambda'
import { flush } from 'costspan/flush'
import { answer } from './answer.ts'
export const handler: Handler = async (event) => {
  const { text } = await answer('u', event.prompt)
  await flush()
  return text
}
`,
    },
  },
  {
    what: 'streams on Vercel that end after @vercel/otel has flushed',
    id: 'no-flush',
    severity: 'warning',
    at: ['vercel.json'],
    add: 'after(() => flush(',
    files: { ...soundNext, 'vercel.json': '{}' },
    packages: nextjs,
    mended: {
      ...soundNext,
      'vercel.json': '{}',
      'app/api/chat/route.ts': `import { flush } from 'costspan/flush'\n${changed(
        route,
        'result.consumeStream()',
        'result.consumeStream().then(() => flush())',
      )}`,
    },
  },
  {
    what: 'nobody reads a stream to its end in Next.js',
    id: 'stream-unread',
    severity: 'error',
    at: ['app/api/chat/route.ts', 'streamText({'],
    add: 'after(async () => result.consumeStream())',
    files: {
      ...soundNext,
      'app/api/chat/route.ts': changed(
        route,
        '    after(async () => result.consumeStream())\n',
        '',
      ),
    },
    packages: nextjs,
    mended: soundNext,
  },
  {
    what: 'a ledger that nobody closes',
    id: 'ledger-not-closed',
    severity: 'warning',
    at: ['ledger.ts', 'openLedger('],
    add: "process.once('SIGTERM'",
    files: { ...sound, 'ledger.ts': ledger },
    packages: aiSdk(7),
    mended: { ...sound, 'ledger.ts': closed },
  },
  {
    what: 'a ledger on Vercel',
    id: 'ledger-not-kept',
    severity: 'error',
    at: ['ledger.ts', "openLedger('"],
    add: 'onCharge: (charge) =>',
    files: { ...soundNext, 'ledger.ts': closed, 'vercel.json': '{}' },
    packages: nextjs,
    mended: { ...soundNext, 'ledger.ts': closed },
  },
  {
    what: 'more series than the SDK counts',
    id: 'metrics-limit',
    severity: 'warning',
    at: ['metrics.ts', 'costMetrics({'],
    add: 'aggregationCardinalityLimit: 4008',
    files: metrics("{ by: ['tenant'], maximumSeries: 501 }"),
    packages: aiSdk(7),
    mended: {
      ...metrics("{ by: ['tenant'], maximumSeries: 501 }"),
      'meter.ts': `import { MeterProvider } from '@opentelemetry/sdk-metrics'
export const meters = new MeterProvider({
  views: [{ instrumentName: 'costspan.*', aggregationCardinalityLimit: 4008 }],
})
`,
    },
  },
  {
    what: 'a series for each user',
    id: 'metrics-limit',
    severity: 'warning',
    at: ['metrics.ts', 'costMetrics({'],
    add: 'maximumSeries: 10_000',
    files: metrics("{ by: ['tenant', 'user'] }"),
    packages: aiSdk(7),
    mended: metrics("{ by: ['tenant'] }"),
  },
  {
    what: 'a file that cannot be read',
    id: 'not-read',
    severity: 'note',
    at: ['broken.ts'],
    add: 'npx costspan doctor',
    files: { ...sound, 'broken.ts': "import 'costspan'\nconst = = {{{" },
    packages: aiSdk(7),
    mended: sound,
  },
  {
    what: 'nothing is installed',
    id: 'not-installed',
    severity: 'note',
    add: 'npm ci',
    files: {
      ...sound,
      'package.json': JSON.stringify({ dependencies: { ai: '^7.0.0', costspan: '^0.1.0' } }),
    },
    packages: {},
    mended: sound,
    mendedPackages: aiSdk(7),
  },
])

describe('what is not seen may be elsewhere', () => {
  const workspace = {
    ...otel,
    ...aiSdk(7),
    '@acme/telemetry': { version: '1.0.0' },
  }
  const manifest = JSON.stringify({
    dependencies: { ai: '*', costspan: '*', '@acme/telemetry': 'workspace:*' },
  })

  test('such as in a package of the workspace, so nothing is claimed', async () => {
    const files = {
      'package.json': manifest,
      'answer.ts': `import { start } from '@acme/telemetry'\nstart()\n${call}`,
    }
    const { findings } = await diagnoseProject(files, workspace)
    const ids = findings.map(({ id, severity }) => `${severity} ${id}`)
    expect(ids.toSorted()).toEqual([
      'note no-integration',
      'note not-read',
      'note processor-missing',
    ])
    expect(findings.map(({ message }) => message).join()).toContain('@acme/telemetry')
  })

  test('without that import it is claimed', async () => {
    const { findings } = await diagnoseProject(
      { 'package.json': manifest, 'answer.ts': call },
      workspace,
    )
    const errors = findings.filter(({ severity }) => severity === 'error').map(({ id }) => id)
    expect(errors).toEqual(['processor-missing', 'no-integration'])
  })
})
