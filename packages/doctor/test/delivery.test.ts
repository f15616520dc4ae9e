import { describe, expect, test } from 'vitest'
import { type Case, findingSuite } from './finding-suite.ts'
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
const closing = (close: string): string =>
  `import { createServer } from 'node:http'
const server = createServer().listen(0)
process.on('SIGTERM', () => void ${close}())
`

function metrics(options: string, base: Files = sound): Files {
  return {
    ...base,
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
      'flush.ts': `import { flush } from 'costspan/serverless'
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
import { flush } from 'costspan/serverless'
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
      'app/api/chat/route.ts': `import { flush } from 'costspan/serverless'\n${changed(
        route,
        'result.consumeStream()',
        'result.consumeStream().then(() => flush())',
      )}`,
    },
  },
  {
    what: 'no code reads a stream to its end in Next.js',
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
    what: 'a ledger that no code closes',
    id: 'ledger-not-closed',
    severity: 'warning',
    at: ['ledger.ts', 'openLedger('],
    add: "process.once('SIGTERM', () => void processor.shutdown().then(() => ledger.close())",
    files: { ...sound, 'ledger.ts': ledger },
    packages: aiSdk(7),
    mended: { ...sound, 'ledger.ts': closed },
  },
  {
    what: 'a handler of SIGTERM that closes something else',
    id: 'ledger-not-closed',
    severity: 'warning',
    at: ['ledger.ts', 'openLedger('],
    add: 'processor.shutdown().then(() => ledger.close())',
    files: { ...sound, 'ledger.ts': `${ledger}${closing('server.close')}` },
    packages: aiSdk(7),
    mended: { ...sound, 'ledger.ts': `${ledger}${closing('ledger.close')}` },
  },
  {
    what: 'nothing records into it',
    id: 'ledger-not-fed',
    severity: 'error',
    at: ['ledger.ts', 'openLedger('],
    add: 'onCharge: ledger.record',
    files: { ...sound, 'ledger.ts': changed(closed, '{ onCharge: ledger.record }', '') },
    packages: aiSdk(7),
    mended: { ...sound, 'ledger.ts': closed },
  },
  {
    what: 'only a histogram is recorded into',
    id: 'ledger-not-fed',
    severity: 'error',
    add: 'onCharge: ledger.record',
    files: {
      ...sound,
      'ledger.ts': `import { metrics } from '@opentelemetry/api'
${changed(closed, '{ onCharge: ledger.record }', '')}
metrics.getMeter('app').createHistogram('duration').record(1)
`,
    },
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
  ...(
    [
      ['the plain SDK', sound, aiSdk(7), 'metrics.setGlobalMeterProvider(new MeterProvider('],
      ['@vercel/otel', soundNext, nextjs, 'metricReaders: [new PeriodicExportingMetricReader('],
    ] as const
  ).map(([what, base, packages, add]): Case => ({
    what: `metrics that go nowhere, on ${what}`,
    id: 'metrics-not-registered',
    severity: 'warning',
    at: ['metrics.ts', 'costMetrics('],
    add,
    files: metrics('', base),
    packages,
    mended: {
      ...metrics('', base),
      'meters.ts': `import { metrics } from '@opentelemetry/api'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [] }))
`,
    },
  })),
  {
    what: 'more series than the SDK counts',
    id: 'metrics-limit',
    severity: 'warning',
    at: ['metrics.ts', 'costMetrics({'],
    add: 'aggregationCardinalityLimit: 4008',
    files: metrics("{ by: ['tenant'], cardinalityLimit: 501 }"),
    packages: aiSdk(7),
    mended: {
      ...metrics("{ by: ['tenant'], cardinalityLimit: 501 }"),
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
    add: 'cardinalityLimit: 10_000',
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

describe('the end of a ledger', () => {
  const reportOf = async (files: Files): Promise<string> => {
    const { findings, fine } = await diagnoseProject(files, aiSdk(7))
    const found = findings.filter(({ id }) => id === 'ledger-not-closed')
    return [...found.map(({ severity, message }) => `${severity} ${message}`), ...fine].join('\n')
  }
  const fine = 'the ledger is closed at the end'
  const stopping = (code: string): Files => ({
    ...sound,
    'ledger.ts': ledger,
    'stop.ts': `import { processor } from './ledger.ts'
export const deliver = () => processor.shutdown()
${code}
`,
  })

  test('it is closed only where a `close` of it is seen', async () => {
    expect(await reportOf({ ...sound, 'ledger.ts': closed })).toContain(fine)
    const other = { ...sound, 'ledger.ts': `${ledger}${closing('server.close')}` }
    expect(await reportOf(other)).toMatch(
      /^warning SIGTERM is handled, but.*streams are still open/,
    )
    expect(await reportOf(other)).not.toContain(fine)
  })

  test('nothing, where the processor is shut down and the ledger closes itself with the process', async () => {
    const text = await reportOf(stopping("process.once('SIGTERM', () => void deliver())"))
    expect(text).not.toContain('SIGTERM')
    expect(text).not.toContain(fine)
  })

  test('it is closed by a function in another file, through what holds it', async () => {
    const files = {
      ...sound,
      'ledger.ts': `${ledger}export const parts = { ledger }\n`,
      'stop.ts': `import { parts } from './ledger.ts'
const deliver = () => Promise.all([parts.ledger.close()])
process.once('SIGTERM', () => void deliver())
`,
    }
    expect(await reportOf(files)).toContain(fine)
  })

  test('without a handler both losses are named', async () => {
    expect(await reportOf({ ...sound, 'ledger.ts': ledger })).toMatch(
      /^warning .*loses the charges of about the last tenth of a second, and calls whose streams are still open/,
    )
  })

  test('a script that closes it is worth no more than a note', async () => {
    const files = { ...sound, 'ledger.ts': `${ledger}await ledger.close()\n` }
    expect(await reportOf(files)).toMatch(/^note /)
  })
})
