import { afterAll, describe, expect, test } from 'vitest'
import {
  aiSdk,
  bad,
  call,
  changed,
  diagnoseProject,
  integration,
  nextjs,
  removeProjects,
  sound,
  soundNext,
  telemetry,
  type Files,
  type Packages,
} from './project.ts'

afterAll(removeProjects)

const simple = `import { ConsoleSpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
`
const oneByOne = `${simple}export const processor = new SimpleSpanProcessor(new OTLPTraceExporter())\n`
const route = soundNext['app/api/chat/route.ts'] ?? ''

function answer(code: string): Files {
  return { ...sound, 'more.ts': code }
}

/** Code that looks like a defect, and is none, or may be none. */
const cases: readonly (readonly [what: string, files: Files, packages: Packages])[] = [
  [
    'a function of the same name that is not the AI SDK',
    {
      'telemetry.ts': telemetry,
      'more.ts': "import { generateText } from './ours'\nvoid generateText({ prompt: 'x' })\n",
    },
    aiSdk(6),
  ],
  [
    'a parameter with the name of a provider',
    answer(
      "import { openai } from '@ai-sdk/openai'\nexport const run = (openai: (id: string) => unknown) => openai('gpt-foo')\n",
    ),
    aiSdk(7),
  ],
  [
    'a provider behind an address of its own',
    answer(
      "import { createOpenAI } from '@ai-sdk/openai'\nconst local = createOpenAI({ baseURL: 'http://127.0.0.1' })\nexport const model = local('llama-house')\n",
    ),
    aiSdk(7),
  ],
  [
    'a model that is chosen at run time',
    answer(
      "import { openai } from '@ai-sdk/openai'\nexport const model = (plan: string) => openai(process.env[plan] ?? '')\n",
    ),
    aiSdk(7),
  ],
  [
    'a model with a price of its own',
    answer(`import { openai } from '@ai-sdk/openai'
import { definePrices } from 'costspan/prices'
export const prices = definePrices('v1', [{ provider: 'openai', model: 'gpt-foo', input: 1, output: 2 }])
export const model = openai('gpt-foo')
`),
    aiSdk(7),
  ],
  [
    'options that come from elsewhere',
    {
      'telemetry.ts': telemetry,
      'more.ts':
        "import { generateText } from 'ai'\nexport const run = (options: object, rest: never) => [generateText(options as never), generateText({ ...options, prompt: 'x' } as never), generateText(rest)]\n",
    },
    aiSdk(6),
  ],
  [
    'telemetry that is decided at run time',
    {
      'telemetry.ts': telemetry,
      'more.ts':
        "import { generateText } from 'ai'\nexport const run = (isEnabled: boolean, telemetry: object, model: never) => [\n  generateText({ model, prompt: 'x', experimental_telemetry: { isEnabled } }),\n  generateText({ model, prompt: 'x', experimental_telemetry: telemetry }),\n]\n",
    },
    aiSdk(6),
  ],
  [
    'a processor for looking at spans, and one for development',
    answer(`${simple}
export const looking = new SimpleSpanProcessor(new ConsoleSpanExporter())
export const some = process.env.NODE_ENV === 'production' ? [] : [new SimpleSpanProcessor(new OTLPTraceExporter())]
`),
    aiSdk(7),
  ],
  [
    'integrations in two files, which may be two processes',
    { ...sound, 'worker.ts': integration },
    aiSdk(7),
  ],
  [
    'integrations in two branches',
    {
      ...sound,
      'integration.ts': `import { LegacyOpenTelemetry, OpenTelemetry } from '@ai-sdk/otel'
import { registerTelemetry } from 'ai'
if (process.env.OLD) { registerTelemetry(new LegacyOpenTelemetry()) }
else { registerTelemetry(new OpenTelemetry({ usage: true, providerMetadata: true })) }
`,
    },
    aiSdk(7),
  ],
  [
    'an integration for one call',
    {
      'telemetry.ts': telemetry,
      'answer.ts': `import { OpenTelemetry } from '@ai-sdk/otel'
import { generateText } from 'ai'
import { withAttribution } from 'costspan'
const integrations = new OpenTelemetry({ usage: true, providerMetadata: true })
export const run = (model: never) =>
  withAttribution({ userId: 'u' }, () => generateText({ model, prompt: 'x', telemetry: { integrations } }))
`,
    },
    aiSdk(7),
  ],
  [
    'defects in tests',
    {
      ...sound,
      'answer.test.ts': "import 'costspan'\nconst = {",
      'test/setup.ts': oneByOne,
      'src/__tests__/setup.ts': oneByOne,
    },
    aiSdk(7),
  ],
  [
    'defects in what a build made, and in packages',
    { ...sound, 'dist/a.js': oneByOne, '.next/b.js': oneByOne, 'node_modules/c/c.js': oneByOne },
    aiSdk(7),
  ],
  [
    'a sampler that is the root of one that is wrapped',
    {
      ...sound,
      'telemetry.ts': `import { ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base'
import { recordCosts } from 'costspan/sampling'
${changed(
  telemetry,
  'spanProcessors:',
  'sampler: recordCosts(new ParentBasedSampler({ root: tenth })),\n    spanProcessors:',
)}const tenth = new TraceIdRatioBasedSampler(0.1)
`,
    },
    aiSdk(7),
  ],
  [
    'a name that is bound twice',
    answer(`import { openai } from '@ai-sdk/openai'
export const used = () => {
  const id = 'gpt-4o'
  return openai(id)
}
export const unused = () => {
  const id = 'gpt-foo'
  return id
}
`),
    aiSdk(7),
  ],
  [
    'a stream that is read on the server',
    {
      ...soundNext,
      'app/api/chat/route.ts': changed(
        changed(route, '    after(async () => result.consumeStream())\n', ''),
        'return result.toUIMessageStreamResponse()',
        'return new Response(await result.text)',
      ),
    },
    nextjs,
  ],
  [
    'NodeTracerProvider, which registers a context manager by itself',
    {
      ...sound,
      'telemetry.ts': `import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { CostSpanProcessor } from 'costspan'
new NodeTracerProvider({
  spanProcessors: [new CostSpanProcessor(), new BatchSpanProcessor(new OTLPTraceExporter())],
}).register()
`,
    },
    { ...aiSdk(7), '@opentelemetry/sdk-trace-node': { version: '2.12.1' } },
  ],
  [
    'a sampler of the environment that the code overrules',
    {
      ...sound,
      '.env': 'OTEL_TRACES_SAMPLER=always_off\n',
      'telemetry.ts': `import { recordCosts } from 'costspan/sampling'\n${changed(
        telemetry,
        'spanProcessors:',
        'sampler: recordCosts(mySampler),\n    spanProcessors:',
      )}declare const mySampler: never\n`,
    },
    aiSdk(7),
  ],
  [
    'a sampler in an example of an environment',
    { ...soundNext, '.env.example': 'OTEL_TRACES_SAMPLER=always_off\n' },
    nextjs,
  ],
  [
    'a processor that comes from another file, on SDK 2.12, where the place does not matter',
    {
      ...sound,
      'telemetry.ts': changed(
        telemetry,
        '[new CostSpanProcessor(), new BatchSpanProcessor(new OTLPTraceExporter())]',
        '[new BatchSpanProcessor(new OTLPTraceExporter()), new CostSpanProcessor()]',
      ),
    },
    aiSdk(7),
  ],
  [
    'a processor that hands charges on, and exports no traces',
    {
      ...soundNext,
      'instrumentation.ts': changed(
        soundNext['instrumentation.ts'] ?? '',
        "[new CostSpanProcessor(), 'auto']",
        '[new CostSpanProcessor({ onCharge: () => {} })]',
      ),
    },
    nextjs,
  ],
  [
    'a sampler of the environment, which SDK 3 does not read',
    {
      ...sound,
      '.env': 'OTEL_TRACES_SAMPLER=always_off\n',
      'telemetry.ts': telemetry
        .replace('@opentelemetry/sdk-trace-base', '@opentelemetry/sdk-trace')
        .replaceAll('BasicTracerProvider', 'TracerProvider'),
    },
    { ...aiSdk(7), '@opentelemetry/sdk-trace': { version: '3.1.1' } },
  ],
  [
    'a function that shuts down before it is frozen',
    {
      ...sound,
      'wrangler.toml': 'name = "chat"\n',
      'end.ts':
        "import { provider } from 'costspan'\nexport const end = (context: any) => context.waitUntil(provider.shutdown())\n",
    },
    aiSdk(7),
  ],
  [
    'a ledger on a file system that was mounted',
    {
      ...sound,
      'serverless.yml': 'provider:\n  name: aws\n',
      'ledger.ts': `import { CostSpanProcessor } from 'costspan'
import { flush } from 'costspan/serverless'
import { openLedger } from 'costspan/ledger'
const ledger = openLedger('/mnt/efs/ledger.ndjson')
export const processor = new CostSpanProcessor({ onCharge: ledger.record })
export const end = () => flush({ targets: [ledger] })
`,
    },
    aiSdk(7),
  ],
  [
    'a serverless.yml of another cloud',
    { ...sound, 'serverless.yml': 'provider: google\n' },
    aiSdk(7),
  ],
  [
    'a handler that is not for AWS Lambda',
    { ...sound, 'route.ts': "import 'costspan'\nexport const handler = () => new Response()\n" },
    aiSdk(7),
  ],
]

describe('nothing worse than a note is reported for', () => {
  test.each(cases)('%s', async (_, files, packages) => {
    const diagnosis = await diagnoseProject(files, packages)
    expect(diagnosis.files).toBeGreaterThan(0)
    expect(bad(diagnosis)).toEqual([])
  })
})

test('a model whose id own prices spell is not looked for in the catalogue; with other prices it is worth a note', async () => {
  const files = (model: string): Files => ({
    ...sound,
    'prices.ts': `import { definePrices } from 'costspan/prices'
export const prices = definePrices('v1', [{ provider: 'openai', model: '${model}', input: 1, output: 2 }])
`,
    'answer.ts': changed(call, 'gpt-4o', 'gpt-foo'),
  })
  expect((await diagnoseProject(files('gpt-foo'), aiSdk(7))).findings).toEqual([])
  const { findings } = await diagnoseProject(files('gpt-bar'), aiSdk(7))
  expect(findings).toMatchObject([{ id: 'model-unpriced', severity: 'note' }])
})
