import { afterAll, describe, expect, test } from 'vitest'
import {
  aiSdk,
  bad,
  changed,
  diagnoseProject,
  nextjs,
  removeProjects,
  sound,
  soundNext,
  telemetry,
  type Files,
  type Packages,
} from './project.ts'

afterAll(removeProjects)

const answering = `import { openai } from '@ai-sdk/openai'
import { generateText } from 'ai'
const model = openai('gpt-4o')
`

function answers(code: string): Files {
  return { 'telemetry.ts': telemetry, 'answer.ts': answering + code }
}

function setsUp(processors: string, before: string): Files {
  const list = '[new CostSpanProcessor(), new BatchSpanProcessor(new OTLPTraceExporter())]'
  const text = changed(telemetry, list, processors)
  return { ...sound, 'telemetry.ts': changed(text, 'trace.set', `${before}\ntrace.set`) }
}

function samples(sampler: string, code: string): Files {
  const text = changed(telemetry, 'spanProcessors:', `sampler: ${sampler},\n    spanProcessors:`)
  return {
    ...sound,
    'telemetry.ts': `import { TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base'
import { recordCosts } from 'costspan/sampling'
${changed(text, 'trace.set', `${code}\ntrace.set`)}`,
  }
}

function withOptions(code: string): Files {
  const provider = /new BasicTracerProvider\(\{[^}]*\}\)/
  const options = 'const options: any = { spanProcessors: [new CostSpanProcessor()], others: [] }'
  const text = telemetry.replace(provider, 'new BasicTracerProvider(options)')
  return { ...sound, 'telemetry.ts': changed(text, 'trace.set', `${options}\n${code}\ntrace.set`) }
}

function wrapsImported(sampler: string): Files {
  const text = changed(telemetry, 'spanProcessors:', `sampler: ${sampler},\n    spanProcessors:`)
  return {
    ...sound,
    'base.ts':
      "import { TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base'\nexport default () => new TraceIdRatioBasedSampler(0.1)\n",
    'telemetry.ts': `import { recordCosts } from 'costspan/sampling'\nimport base from './base'\n${text}`,
  }
}

const route = soundNext['app/api/chat/route.ts'] ?? ''
const reading = '    after(async () => result.consumeStream())\n'
const answered = 'return result.toUIMessageStreamResponse()'

function streams(code: string, by = answered): Files {
  return {
    ...soundNext,
    'app/api/chat/route.ts': changed(changed(route, reading, code), answered, by),
  }
}

/** The same code, where it is no defect, and where it is one. */
const cases: readonly (readonly [
  what: string,
  packages: Packages,
  sound: Files,
  defect: readonly [files: Files, expected: string],
])[] = [
  [
    'options that are given telemetry later',
    aiSdk(6),
    answers(`const options: any = { model, prompt: 'x' }
options.experimental_telemetry = { isEnabled: true }
export const run = () => generateText(options)`),
    [
      answers(`const options: any = { model, prompt: 'x' }
options.maxRetries = 0
export const run = () => generateText(options)`),
      'error call-without-telemetry',
    ],
  ],
  [
    'options that Object.assign gives telemetry',
    aiSdk(6),
    answers(`const options: any = { model, prompt: 'x' }
Object.assign(options, { experimental_telemetry: { isEnabled: true } })
export const run = () => generateText(options)`),
    [
      answers(`const options: any = { model, prompt: 'x' }
console.log(options)
export const run = () => generateText(options)`),
      'error call-without-telemetry',
    ],
  ],
  [
    'telemetry that is switched on later',
    aiSdk(6),
    answers(`const telemetry = { isEnabled: false }
telemetry.isEnabled = process.env.NODE_ENV === 'production'
export const run = () => generateText({ model, prompt: 'x', experimental_telemetry: telemetry })`),
    [
      answers(`const telemetry = { isEnabled: false, functionId: '' }
telemetry.functionId = 'answer'
export const run = () => generateText({ model, prompt: 'x', experimental_telemetry: telemetry })`),
      'error call-without-telemetry',
    ],
  ],
  [
    'an exporter that is pushed later',
    aiSdk(7),
    setsUp(
      'processors',
      'const processors: any[] = [new CostSpanProcessor()]\nprocessors.push(new BatchSpanProcessor(new OTLPTraceExporter()))',
    ),
    [
      setsUp(
        'processors',
        'const processors: any[] = []\nprocessors.push(new CostSpanProcessor())',
      ),
      'error exporter-missing',
    ],
  ],
  [
    'an exporter that a function adds',
    aiSdk(7),
    setsUp(
      'processors',
      'const processors: any[] = [new CostSpanProcessor()]\nif (process.env.EXPORT) addExporters(processors)\nfunction addExporters(list: any[]) { list.push(new BatchSpanProcessor(new OTLPTraceExporter())) }',
    ),
    [
      setsUp('processors', 'const processors = [new CostSpanProcessor()]'),
      'error exporter-missing',
    ],
  ],
  [
    'an exporter that is pushed onto the list of the options',
    aiSdk(7),
    withOptions('options.spanProcessors.push(new BatchSpanProcessor(new OTLPTraceExporter()))'),
    [withOptions('options.others.push(1)'), 'error exporter-missing'],
  ],
  [
    'an exporter that the options are given later',
    aiSdk(7),
    withOptions(
      'options.spanProcessors = [new CostSpanProcessor(), new BatchSpanProcessor(new OTLPTraceExporter())]',
    ),
    [withOptions('options.resource = undefined'), 'error exporter-missing'],
  ],
  [
    'a sampler of a function without a name, wrapped where it is imported',
    aiSdk(7),
    wrapsImported('recordCosts(base())'),
    [wrapsImported('base()'), 'error sampler-drops'],
  ],
  [
    'a sampler of a function, wrapped where it is called',
    aiSdk(7),
    samples('recordCosts(pick())', 'function pick() { return new TraceIdRatioBasedSampler(0.1) }'),
    [
      samples('pick()', 'function pick() { return new TraceIdRatioBasedSampler(0.1) }'),
      'error sampler-drops',
    ],
  ],
  [
    'a sampler that is wrapped where its variable is assigned',
    aiSdk(7),
    samples(
      'sampler',
      'let sampler: any = new TraceIdRatioBasedSampler(0.1)\nsampler = recordCosts(sampler)',
    ),
    [
      samples(
        'sampler',
        'let sampler: any = recordCosts(other)\nsampler = new TraceIdRatioBasedSampler(0.1)\ndeclare const other: any',
      ),
      'error sampler-drops',
    ],
  ],
  [
    'a sampler that another file exports from a function',
    aiSdk(7),
    {
      ...samples('recordCosts(chosen)', "const chosen = choose('tenth')"),
      'sampler.ts':
        "import { TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base'\nexport const pick = () => new TraceIdRatioBasedSampler(0.1)\n",
      'telemetry.ts': `import { pick as choose } from './sampler'\n${samples('recordCosts(chosen)', 'const chosen = choose()')['telemetry.ts']}`,
    },
    [
      {
        ...samples('chosen', 'const chosen = recordCosts(other)\ndeclare const other: any'),
        'sampler.ts':
          "import { TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base'\nexport const pick = () => new TraceIdRatioBasedSampler(0.1)\n",
      },
      'error sampler-drops',
    ],
  ],
  [
    'a stream whose text is awaited after the response',
    nextjs,
    streams('    after(async () => { await result.text })\n'),
    [streams('    after(async () => { await request.text() })\n'), 'error stream-unread'],
  ],
  [
    'a stream of which a copy is read',
    nextjs,
    streams(
      '    const [mine] = result.textStream.tee()\n    void (async () => { for await (const _ of mine); })()\n',
    ),
    [streams('    const [mine] = other.textStream.tee()\n'), 'error stream-unread'],
  ],
  [
    'a stream that is awaited in full, beside another that answers',
    nextjs,
    streams(
      '    const { text } = result\n    const title = await text\n',
      'return (await agent.stream({ prompt: title })).toUIMessageStreamResponse()',
    ),
    [streams('    const { fullText } = other\n'), 'error stream-unread'],
  ],
]

describe('nothing worse than a note is reported for', () => {
  test.each(cases)('%s', async (_, packages, files) => {
    expect(bad(await diagnoseProject(files, packages))).toEqual([])
  })
})

describe('an error is reported for similar code that has the defect', () => {
  test.each(cases)('%s', async (_, packages, __, [files, expected]) => {
    expect(bad(await diagnoseProject(files, packages)).map(kindOf)).toContain(expected)
  })
})

function kindOf(text: string): string {
  return text.split(' ').slice(0, 2).join(' ')
}

describe('what may be done where it is not seen is a warning', () => {
  test('a stream that is handed to a function', async () => {
    const diagnosis = await diagnoseProject(streams('    keep(result)\n'), nextjs)
    expect(bad(diagnosis).map(kindOf)).toEqual(['warning stream-unread'])
  })

  test('a sampler that is handed to a function, beside another that is wrapped', async () => {
    const files = samples(
      'keep(new TraceIdRatioBasedSampler(0.1))',
      'const keep = (sampler: any) => recordCosts(sampler)',
    )
    const diagnosis = await diagnoseProject(files, aiSdk(7))
    expect(bad(diagnosis).map(kindOf)).toEqual(['warning sampler-drops'])
  })
})

test('AI SDK 4 does not read a stream for who awaits its text', async () => {
  const files = streams('    after(async () => { await result.text })\n')
  const packages = { ...nextjs, ai: { version: '4.3.19' } }
  expect(bad(await diagnoseProject(files, packages)).map(kindOf)).toContain('error stream-unread')
})
