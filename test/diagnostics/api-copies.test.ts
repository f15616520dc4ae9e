import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Copies of the API that npm has installed for different packages of this repository. */
const copies = {
  '1.9.0': 'node_modules/ai-4/node_modules/@opentelemetry/api',
  '1.9.1': 'node_modules/@opentelemetry/api',
  '1.10.0': 'test/lanes/otel-sdk-3/node_modules/@opentelemetry/api',
}
type Version = keyof typeof copies

/** The application, the SDK and the AI SDK use 1.9.1. */
const program = `
  import { OpenTelemetry } from '@ai-sdk/otel'
  import { context, trace } from '@opentelemetry/api'
  import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
  import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
  import { generateText, registerTelemetry } from 'ai'
  import { MockLanguageModelV4 } from 'ai/test'
  import { CostSpanProcessor, selfCheck, withAttribution } from 'costspan'

  const users = []
  const printed = []
  const processor = new CostSpanProcessor({
    onCharge: ({ attribution }) => users.push(attribution.userId ?? 'none'),
    warnings: (line) => printed.push(line),
  })
  if (process.argv[2] === 'with a context manager') {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  }
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }))
  registerTelemetry(new OpenTelemetry({ usage: true, providerMetadata: true }))
  const found = () => selfCheck().map(({ id }) => id)
  const before = found()
  const doGenerate = {
    content: [{ type: 'text', text: 'sunny' }],
    finishReason: { unified: 'stop', raw: 'stop' },
    usage: {
      inputTokens: { total: 10, noCache: 10, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 5, text: 5, reasoning: 0 },
    },
    warnings: [],
  }
  const model = new MockLanguageModelV4({ provider: 'openai.chat', modelId: 'gpt-4o', doGenerate })
  await withAttribution({ userId: 'ada' }, () => generateText({ model, prompt: 'Hi' }))
  const lines = printed.filter((line) => /@opentelemetry.api|context manager/.test(line))
  process.stdout.write(JSON.stringify({ before, after: found(), users, lines }))
`

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** Runs the program where costspan and the integration of the AI SDK each have a copy of the API. */
function run(costspan: Version, integration: Version, context = 'with a context manager') {
  const folder = mkdtempSync(join(tmpdir(), 'costspan-api-'))
  folders.push(folder)
  const packages = join(folder, 'node_modules')
  const link = (target: string, path: string): void => {
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(join(root, target), path)
  }
  for (const name of ['api', 'context-async-hooks', 'sdk-trace-base']) {
    link(`node_modules/@opentelemetry/${name}`, join(packages, '@opentelemetry', name))
  }
  for (const name of ['ai', '@ai-sdk/provider']) link(`node_modules/${name}`, join(packages, name))
  const copyWithApi = (from: string, name: string, version: Version): void => {
    for (const part of ['package.json', 'dist']) {
      cpSync(join(from, part), join(packages, name, part), { recursive: true })
    }
    link(copies[version], join(packages, name, 'node_modules/@opentelemetry/api'))
  }
  copyWithApi(root, 'costspan', costspan)
  copyWithApi(join(root, 'node_modules/@ai-sdk/otel'), '@ai-sdk/otel', integration)
  const file = join(folder, 'application.mjs')
  writeFileSync(file, program)
  return JSON.parse(
    execFileSync(process.execPath, [file, context], { encoding: 'utf8' }),
  ) as unknown
}

const line = expect.stringMatching(/two versions of @opentelemetry\/api/) as unknown

test('the copies are of these versions', () => {
  for (const [version, path] of Object.entries(copies)) {
    const manifest = readFileSync(join(root, path, 'package.json'), 'utf8')
    expect(JSON.parse(manifest)).toMatchObject({ version })
  }
})

test.each<[Version, Version]>([
  ['1.9.1', '1.9.1'],
  ['1.9.0', '1.9.1'],
  ['1.9.1', '1.9.0'],
])('copies that see each other are no fault: costspan %s, the integration %s', (one, other) => {
  expect(run(one, other)).toEqual({ before: [], after: [], users: ['ada'], lines: [] })
})

test('a copy of costspan that does not see what is registered is found: withAttribution has no effect', () => {
  expect(run('1.10.0', '1.9.1')).toEqual({
    before: ['api-copies'],
    after: ['api-copies'],
    users: ['none'],
    lines: expect.arrayContaining([line]) as unknown,
  })
})

test('a copy of the integration that does not is found: its calls have no span', () => {
  expect(run('1.9.1', '1.10.0')).toEqual({
    before: ['api-copies'],
    after: ['api-copies'],
    users: [],
    lines: [line],
  })
})

test('a provider that costspan does not see is found where no context manager is registered', () => {
  expect(run('1.10.0', '1.9.1', 'without one')).toMatchObject({ before: ['api-copies'] })
  expect(run('1.9.1', '1.9.1', 'without one')).toMatchObject({ before: ['no-context-manager'] })
})
