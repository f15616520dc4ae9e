import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { context, ROOT_CONTEXT, trace, type Context, type ContextManager } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, selfCheck, withAttribution } from 'costspan'
import { CostSpanExporter } from 'costspan/exporter'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CopyingExporter } from '../support/pipeline.ts'
import { capturePrinted } from '../support/printed.ts'
import { leaf, usage } from '../support/sdk-2.ts'
import { call, forgetSetUp, found } from '../support/self-check-suite.ts'

const root = join(import.meta.dirname, '../..')
const registry = globalThis as { AI_SDK_TELEMETRY_INTEGRATIONS?: unknown }
const printed = capturePrinted()
beforeEach(forgetSetUp)
afterEach(() => {
  delete registry.AI_SDK_TELEMETRY_INTEGRATIONS
  forgetSetUp()
})

function setUp(manager?: ContextManager): CostSpanProcessor {
  const processor = new CostSpanProcessor()
  if (manager !== undefined) context.setGlobalContextManager(manager)
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }))
  return processor
}

describe('a process without a processor', () => {
  test('is found, before one is created and after it was shut down', async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager())
    expect(found()).toEqual(['processor-missing'])
    const processor = new CostSpanProcessor()
    expect(found()).toEqual([])
    await processor.shutdown()
    expect(found()).toEqual(['processor-missing'])
  })

  test('is right where an exporter writes the costs', async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager())
    const exporter = new CostSpanExporter(new CopyingExporter() as never)
    expect(found()).toEqual([])
    await exporter.shutdown()
    expect(found()).toEqual(['processor-missing'])
  })

  test('keeps a bounded number of processors', () => {
    const processors = Array.from({ length: 100 }, () => new CostSpanProcessor())
    expect(processors).toHaveLength(100)
    const { parts } = (globalThis as { [name: symbol]: { parts: unknown[] } })[
      Symbol.for('costspan.set-up')
    ] ?? { parts: [] }
    expect(parts).toHaveLength(16)
  })
})

describe('a process without a context manager', () => {
  test('is found before any call', () => {
    setUp()
    expect(selfCheck()).toEqual([
      {
        id: 'no-context-manager',
        severity: 'error',
        message: expect.stringContaining('context.setGlobalContextManager('),
      },
    ])
  })

  const lines = (): string[] => printed.map(String).filter((line) => /context manager/.test(line))

  test('is printed at the first call without a user, and once', () => {
    setUp()
    call()
    call()
    withAttribution({ userId: 'ada' }, call)
    expect(lines()).toHaveLength(1)
  })

  test('is printed once by the function that warnings go to, whatever finds it first', () => {
    for (const isCallFirst of [true, false]) {
      forgetSetUp()
      const received: string[] = []
      const processor = new CostSpanProcessor({ warnings: (line) => void received.push(line) })
      const provider = new BasicTracerProvider({ spanProcessors: [processor] })
      const tracer = provider.getTracer('ai')
      if (isCallFirst) call(tracer)
      withAttribution({ userId: 'ada' }, () => call(tracer))
      expect(received.filter((line) => /context manager/.test(line))).toHaveLength(1)
    }
  })

  test.each([
    ['names its user itself', { 'user.id': 'ada' }],
    ['has a user who is redacted', { 'user.id': 'ada@example.com' }],
  ])('is not printed where the call %s', (_, attributes) => {
    setUp()
    const span = trace.getTracer('ai').startSpan('call', { attributes: { ...leaf, ...attributes } })
    span.setAttributes(usage).end()
    expect(lines()).toEqual([])
  })

  /** As Sentry's: the context that becomes active is not the one that was passed. */
  class CopyingManager extends AsyncLocalStorageContextManager {
    override with<Rest extends unknown[], Run extends (...rest: Rest) => ReturnType<Run>>(
      active: Context,
      run: Run,
      thisArg?: ThisParameterType<Run>,
      ...rest: Rest
    ): ReturnType<Run> {
      return super.with(active.setValue(Symbol.for('scope'), {}), run, thisArg, ...rest)
    }
  }

  test.each([
    ['of OpenTelemetry', () => new AsyncLocalStorageContextManager()],
    ['that makes a copy active', () => new CopyingManager()],
  ])('is none with a context manager %s', (_, manager) => {
    setUp(manager())
    expect(found()).toEqual([])
    call()
    expect(lines()).toEqual([])
  })

  test('is found with one that carries nothing', () => {
    setUp({
      active: () => ROOT_CONTEXT,
      with: (_active, run, thisArg, ...rest) => run.apply(thisArg, rest),
      bind: (_active, target) => target,
      enable() {
        return this
      },
      disable() {
        return this
      },
    })
    expect(found()).toEqual(['no-context-manager'])
  })
})

test('a span with usage that no rule reads is found, with the line that was printed', () => {
  setUp(new AsyncLocalStorageContextManager())
  const span = trace.getTracer('my-llm').startSpan('completion')
  span.setAttribute('llm.usage.total_tokens', 100).end()
  const [finding, ...others] = selfCheck()
  expect(others).toEqual([])
  expect(finding).toMatchObject({ id: 'unread-usage', severity: 'error' })
  expect(printed).toEqual([[`costspan: ${finding?.message}`]])
  expect(finding?.message).toMatch(/tracer "my-llm".*recordCall/)
})

describe('selfCheck never throws', () => {
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error('hostile')
      },
      has: () => {
        throw new Error('hostile')
      },
    },
  )

  test.each<[string, () => void]>([
    [
      'the list of integrations',
      () =>
        (registry.AI_SDK_TELEMETRY_INTEGRATIONS = new Proxy([], {
          get: () => {
            throw new Error('hostile')
          },
        })),
    ],
    ['integrations', () => (registry.AI_SDK_TELEMETRY_INTEGRATIONS = [hostile, hostile])],
    ['a provider', () => trace.setGlobalTracerProvider({ getTracer: () => hostile as never })],
    [
      'a sampler',
      () =>
        trace.setGlobalTracerProvider(
          new BasicTracerProvider({
            spanProcessors: [new CostSpanProcessor()],
            sampler: {
              shouldSample: () => ({ decision: 2 }),
              toString: () => {
                throw new Error('hostile')
              },
            },
          }),
        ),
    ],
    ['a context manager', () => context.setGlobalContextManager(hostile as never)],
    [
      'the state of another version',
      () =>
        ((globalThis as { [name: symbol]: unknown })[Symbol.for('costspan.set-up')] = {
          parts: 7,
        }),
    ],
  ])('because of %s', (_, break_) => {
    const processor = new CostSpanProcessor()
    break_()
    expect(() => selfCheck()).not.toThrow()
    const own = new BasicTracerProvider({ spanProcessors: [processor] })
    const options = { attributes: { ...leaf, ...usage } }
    const charged = (): void => own.getTracer('ai').startSpan('call', options, ROOT_CONTEXT).end()
    expect(charged).not.toThrow()
    delete (globalThis as { [name: symbol]: unknown })[Symbol.for('opentelemetry.js.api.1')]
  })
})

test('a copy of this package in another bundle gets the same findings', async () => {
  const path = join(root, 'dist/index.js')
  const another = (await import(/* @vite-ignore */ path)) as { selfCheck: typeof selfCheck }
  expect(another.selfCheck).not.toBe(selfCheck)
  setUp()
  trace.getTracer('my-llm').startSpan('x').setAttribute('llm.usage.total_tokens', 100).end()
  expect(another.selfCheck()).toEqual(selfCheck())
  expect(selfCheck().map(({ id }) => id)).toEqual(['unread-usage', 'no-context-manager'])
})

test('what waits for a call keeps no process alive, and a process without Node’s modules is none', () => {
  const program = `
    const { CostSpanProcessor, selfCheck } = await import('costspan')
    new CostSpanProcessor()
    process.getBuiltinModule = undefined
    globalThis[Symbol.for('costspan.set-up')] = undefined
    new CostSpanProcessor()
    const { process: kept } = globalThis
    globalThis[Symbol.for('costspan.set-up')] = undefined
    globalThis.process = undefined
    new CostSpanProcessor()
    kept.stdout.write(selfCheck().map(({ id }) => id).join())
  `
  const args = ['--input-type=module', '-e', program]
  const run = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 60_000 })
  expect(run).toBe('no-context-manager')
})
