import { createRequire } from 'node:module'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as api from '@opentelemetry/api'
import { CostSpanProcessor } from 'costspan'
import { diagnose, type Finding } from 'costspan-doctor'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import {
  aiSdk,
  bad,
  call,
  diagnoseProject,
  removeProjects,
  sound,
  telemetry,
  writeProject,
  type Packages,
} from './project.ts'

afterAll(removeProjects)

const API = '@opentelemetry/api'

/** Only manifests, each with a copy of the API inside if it is named. */
function withApi(copies: { readonly [importer: string]: string }): Packages {
  return Object.fromEntries(
    Object.entries(copies).flatMap(([name, version]) =>
      name === ''
        ? [[API, { version }]]
        : [
            [name, { version: '7.0.0', dependencies: { [API]: '*' } }],
            [`${name}/node_modules/${API}`, { version }],
          ],
    ),
  )
}

function ofKind(findings: readonly Finding[], id: string): string[] {
  return findings
    .filter((finding) => finding.id === id)
    .map(({ severity, message }) => `${severity}: ${message}`)
}

const base = { costspan: '.', '@opentelemetry/context-async-hooks': { version: '2.12.0' } }

describe('copies of @opentelemetry/api', () => {
  test('a newer one, by which calls are emitted, sees nothing of an older one', async () => {
    const packages = { ...base, ...withApi({ '': '1.9.1', ai: '1.10.0' }) }
    const { findings } = await diagnoseProject(sound, packages)
    expect(ofKind(findings, 'api-copies')).toEqual([
      'error: @opentelemetry/api 1.10.0 (of ai) does not see what @opentelemetry/api 1.9.1 (of your code) registers: its spans are not there, and are not charged.',
    ])
    expect(findings.find(({ id }) => id === 'api-copies')?.add).toContain(
      '"@opentelemetry/api": "1.9.1"',
    )
  })

  test.each(['1.9.0', '1.9.1', '1.4.1'])('%s sees what 1.9.1 registers', async (version) => {
    const packages = { ...base, ...withApi({ '': '1.9.1', ai: version }) }
    const { findings, fine } = await diagnoseProject(sound, packages)
    expect(ofKind(findings, 'api-copies')).toEqual([])
    expect(fine).toContainEqual(expect.stringContaining('copies of @opentelemetry/api agree'))
  })

  test('two of which both register are an error', async () => {
    const files = {
      ...sound,
      'node.ts':
        "import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'\nnew NodeTracerProvider().register()\n",
    }
    const packages = {
      ...base,
      ...withApi({ '': '1.9.1', '@opentelemetry/sdk-trace-node': '1.9.0' }),
    }
    const { findings } = await diagnoseProject(files, packages)
    expect(ofKind(findings, 'api-copies')).toEqual([expect.stringMatching(/^error: .*is refused/)])
  })

  test('one of a package that emits no calls is worth a note', async () => {
    const packages = { ...base, ...withApi({ '': '1.9.1', other: '1.10.0' }) }
    const { findings } = await diagnoseProject(sound, packages)
    expect(ofKind(findings, 'api-copies')).toEqual([expect.stringMatching(/^note: /)])
  })

  test('one that only a tool for development has is none of ours', async () => {
    const packages = { ...base, ...withApi({ '': '1.9.1', other: '1.10.0' }) }
    const manifest = JSON.stringify({
      dependencies: { costspan: '*' },
      devDependencies: { other: '*' },
    })
    const { findings } = await diagnoseProject({ ...sound, 'package.json': manifest }, packages)
    expect(ofKind(findings, 'api-copies')).toEqual([])
  })

  test('are found as pnpm lays them out', async () => {
    const directory = writeProject(sound, { ...base, [API]: { version: '1.9.1' } })
    const store = join(directory, 'node_modules/.pnpm/ai@7.0.0/node_modules')
    const manifests = {
      ai: { name: 'ai', version: '7.0.0', dependencies: { [API]: '1.10.0' } },
      [API]: { name: API, version: '1.10.0' },
    }
    for (const [name, manifest] of Object.entries(manifests)) {
      mkdirSync(join(store, name), { recursive: true })
      writeFileSync(join(store, name, 'package.json'), JSON.stringify(manifest))
    }
    symlinkSync(join(store, 'ai'), join(directory, 'node_modules/ai'))
    const { findings } = await diagnose({ directory })
    expect(ofKind(findings, 'api-copies')).toEqual([expect.stringContaining('1.10.0 (of ai)')])
  })
})

describe('the findings about copies describe what the API does', () => {
  const require = createRequire(import.meta.url)
  const older = require('../../../node_modules/ai-5/node_modules/@opentelemetry/api') as typeof api
  const newer =
    require('../../../test/lanes/otel-sdk-3/node_modules/@opentelemetry/api') as typeof api
  const { BasicTracerProvider } =
    require('../../../node_modules/@opentelemetry/sdk-trace-base') as {
      BasicTracerProvider: new () => api.TracerProvider
    }
  afterEach(() => {
    api.trace.disable()
    api.context.disable()
  })

  test('a registration by another version is refused', () => {
    expect(api.trace.setGlobalTracerProvider(new BasicTracerProvider())).toBe(true)
    expect(older.context.setGlobalContextManager({} as never)).toBe(false)
  })

  test('an older patch sees what is registered, a newer minor does not', () => {
    api.trace.setGlobalTracerProvider(new BasicTracerProvider())
    const isRecording = (copy: typeof api): boolean =>
      copy.trace.getTracerProvider().getTracer('t').startSpan('s').isRecording()
    expect([api, older, newer].map(isRecording)).toEqual([true, true, false])
  })

  test('before costspan, a batch processor of an SDK without onEnding exports one call in each full batch without its cost', async () => {
    const sdk =
      require('../../../test/lanes/otel-sdk-1/node_modules/@opentelemetry/sdk-trace-base') as {
        BasicTracerProvider: new (
          options: object,
        ) => api.TracerProvider & { shutdown(): Promise<void> }
        BatchSpanProcessor: new (exporter: object) => object
      }
    const missing = async (isFirst: boolean): Promise<number> => {
      let count = 0
      const exporter = {
        export(spans: { attributes: object }[], done: (result: object) => void) {
          count += spans.filter(({ attributes }) => !('cost.usd' in attributes)).length
          done({ code: 0 })
        },
        shutdown: () => Promise.resolve(),
      }
      const order = [new CostSpanProcessor(), new sdk.BatchSpanProcessor(exporter)]
      const provider = new sdk.BasicTracerProvider({
        spanProcessors: isFirst ? order : order.toReversed(),
      })
      for (let index = 0; index < 512; index++) {
        const span = provider.getTracer('ai').startSpan('ai.generateText.doGenerate', {
          attributes: {
            'ai.operationId': 'ai.generateText.doGenerate',
            'ai.model.provider': 'openai.chat',
            'ai.model.id': 'gpt-4o',
          },
        })
        span.setAttributes({ 'ai.usage.inputTokens': 10, 'ai.usage.outputTokens': 1 })
        span.end()
      }
      await provider.shutdown()
      return count
    }
    expect([await missing(true), await missing(false)]).toEqual([0, 1])
  })
})

test('two copies of costspan are an error', async () => {
  const packages = {
    ...aiSdk(7),
    library: { version: '1.0.0', dependencies: { costspan: '*' } },
    'library/node_modules/costspan': { version: '0.0.9' },
  }
  const { findings } = await diagnoseProject(sound, packages)
  expect(ofKind(findings, 'costspan-copies')).toEqual([
    expect.stringMatching(/^error: .*0\.0\.9 of library/),
  ])
  const { library: _, 'library/node_modules/costspan': __, ...one } = packages
  expect(ofKind((await diagnoseProject(sound, one)).findings, 'costspan-copies')).toEqual([])
})

describe('an exporter and an SDK', () => {
  test.each([
    ['2.12.1', '0.57.2', 'error'],
    ['1.30.1', '0.223.1', 'error'],
    ['2.12.1', '0.301.0', 'note'],
  ])('%s and %s do not go together', async (sdk, exporter, severity) => {
    const packages = {
      ...aiSdk(7),
      '@opentelemetry/sdk-trace-base': { version: sdk },
      '@opentelemetry/exporter-trace-otlp-http': { version: exporter },
    }
    const { findings } = await diagnoseProject(sound, packages)
    expect(ofKind(findings, 'sdk-majors')).toEqual([expect.stringContaining(`${severity}: `)])
  })

  test('of one time do', async () => {
    const { findings } = await diagnoseProject(sound, aiSdk(7))
    expect(ofKind(findings, 'sdk-majors')).toEqual([])
  })
})

describe('where nothing is installed, versions are those of the lockfile', () => {
  const manifest = JSON.stringify({
    dependencies: { ai: '*', '@ai-sdk/openai': '*', costspan: '*' },
  })
  const lockfiles: [string, string][] = [
    [
      'package-lock.json',
      JSON.stringify({ packages: { 'node_modules/ai': { version: '5.0.277' } } }),
    ],
    [
      'pnpm-lock.yaml',
      "packages:\n\n  'ai-x@9.0.0':\n  ai@5.0.277(zod@3.25.76):\n    engines: {}\n",
    ],
    ['pnpm-lock.yaml', 'packages:\n\n  /ai@5.0.277(zod@3.25.76):\n    engines: {}\n'],
    ['yarn.lock', '# yarn\n\nai@^5.0.0:\n  version "5.0.277"\n'],
    ['yarn.lock', '"ai@npm:^5.0.0":\n  version: 5.0.277\n'],
    ['bun.lock', '{ "packages": { "ai": ["ai@5.0.277", "", {}, "sha512-x"], } }'],
  ]
  test.each(lockfiles)('%s', async (name, text) => {
    const files = {
      'package.json': manifest,
      'telemetry.ts': telemetry,
      'answer.ts': call,
      [name]: text,
    }
    const { packages, findings } = await diagnoseProject(files)
    expect(packages).toContainEqual({ name: 'AI SDK', version: '5.0.277' })
    expect(ofKind(findings, 'call-without-telemetry')).toHaveLength(1)
  })

  test('or else what package.json asks for', async () => {
    const asked = JSON.stringify({ dependencies: { ai: '^6.0.100', costspan: '*' } })
    const files = { 'package.json': asked, 'telemetry.ts': telemetry, 'answer.ts': call }
    const { packages, findings } = await diagnoseProject(files)
    expect(packages).toContainEqual({ name: 'AI SDK', version: '^6.0.100 (not installed)' })
    expect(ofKind(findings, 'call-without-telemetry')).toHaveLength(1)
  })
})

test('packages are looked for further up, too', async () => {
  const directory = writeProject(
    Object.fromEntries(Object.entries(sound).map(([path, text]) => [`apps/web/${path}`, text])),
    aiSdk(7),
  )
  const diagnosis = await diagnose({ directory: join(directory, 'apps/web') })
  expect(bad(diagnosis)).toEqual([])
  expect(diagnosis.packages).toContainEqual({
    name: 'AI SDK',
    version: expect.stringMatching(/^7\./),
  })
})
