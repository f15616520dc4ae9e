import { context, diag, ROOT_CONTEXT, trace, type DiagLogger } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CostSpanProcessor, type CostSpanProcessorOptions } from 'costspan'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { capturePrinted } from '../support/printed.ts'
import { end, leaf, Recording, root, usage } from '../support/sdk-2.ts'

const warnings = capturePrinted()
const errors: unknown[][] = []
const logger: DiagLogger = {
  warn() {},
  error: (...messages) => void errors.push(messages),
  info() {},
  debug() {},
  verbose() {},
}

beforeEach(() => {
  errors.length = 0
  diag.setLogger(logger)
})
afterEach(() => diag.disable())

function fail(): never {
  throw new Error('mine')
}

describe('a span at its limits', () => {
  test('is enriched also where it has no room for attributes', () => {
    const spans = new Recording({ limits: { attributeCountLimit: 128 } })
    const filler = Array.from({ length: 200 }, (_, index) => [`filler.${index}`, index])
    end(
      spans.start('full', {
        ...leaf,
        ...usage,
        ...Object.fromEntries(filler),
        'user.id': 'dropped',
      }),
    )
    const attributes = spans.span('full')?.attributes ?? {}
    expect(Object.keys(attributes).filter((name) => !name.startsWith('cost.'))).toHaveLength(128)
    expect(attributes).toMatchObject({
      'cost.usd': 1,
      // Tokens may be among what was dropped.
      'cost.status': 'estimated',
      'cost.reason': 'attributes_dropped',
      'cost.attribution': 'none',
    })
  })

  test('has an estimated cost where provider metadata was cut short', () => {
    const spans = new Recording({ limits: { attributeValueLengthLimit: 24 } })
    const json = '{"openai":{"cachedPromptTokens":5}}'
    end(spans.start('cut', { ...leaf, ...usage, 'ai.response.providerMetadata': json }))
    expect(spans.costOf('cut')).toEqual({ usd: 1, status: 'estimated' })
  })

  test('a parent from another process is no parent', () => {
    const spans = new Recording()
    const remote = {
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      traceFlags: 1,
      isRemote: true,
    }
    const attributes = { ...leaf, ...usage, 'user.id': 'ada' }
    const call = spans.start('call', attributes, trace.wrapSpanContext(remote))
    end(call)
    expect(spans.costOf('call')).toEqual({ usd: 1, status: 'priced' })
    expect(spans.span('call')?.parentSpanId).toBe(remote.spanId)
    expect([warnings, errors]).toEqual([[], []])
  })

  test('one that is not recorded is none', () => {
    const processor = new CostSpanProcessor()
    processor.onStart(
      trace.wrapSpanContext({ traceId: '', spanId: '', traceFlags: 0 }) as never,
      ROOT_CONTEXT,
    )
    for (const nothing of [undefined, null, {}, 7]) {
      processor.onStart(nothing as never, ROOT_CONTEXT)
      processor.onEnding(nothing as never)
      processor.onEnd(nothing as never)
    }
    expect(errors).toHaveLength(1)
  })
})

describe('onCharge', () => {
  test('is called once for every call that ends, priced or not', () => {
    const spans = new Recording()
    const above = spans.start('root', root)
    end(spans.start('one', leaf, above), usage)
    end(spans.start('two', leaf, above))
    const three = spans.start('three', leaf, above)
    end(three, usage)
    three.end()
    end(above, usage)
    expect(spans.charges.map(({ status }) => status)).toEqual(['priced', 'unknown_usage', 'priced'])
    expect(spans.charges[0]?.spanId).toBe(spans.span('one')?.spanId)
  })

  test('may throw: the span is enriched, and it is reported once', () => {
    const spans = new Recording({ options: { onCharge: fail } })
    for (const name of ['one', 'two']) end(spans.start(name, leaf), usage)
    for (const name of ['one', 'two'])
      expect(spans.costOf(name)).toEqual({ usd: 1, status: 'priced' })
    expect(errors).toEqual([['costspan: onCharge failed; reported once', new Error('mine')]])
  })
})

describe('an async onCharge', () => {
  test('may reject: the span is enriched, and it is reported once', async () => {
    const onCharge = (): Promise<void> => Promise.reject(new Error('mine'))
    const spans = new Recording({ options: { onCharge } })
    for (const name of ['one', 'two']) end(spans.start(name, leaf), usage)
    // Node reports an unhandled rejection once the microtasks have run.
    await new Promise((resolve) => setImmediate(resolve))
    for (const name of ['one', 'two'])
      expect(spans.costOf(name)).toEqual({ usd: 1, status: 'priced' })
    expect(errors).toEqual([['costspan: onCharge failed; reported once', new Error('mine')]])
  })
})

describe.each([true, false])(
  'a price source that throws, where the host calls onEnding: %s',
  (callsOnEnding) => {
    test('costs only its calls their cost, and is reported once', () => {
      const source = { version: '1', source: 'override', find: fail } as const
      const spans = new Recording({ options: { prices: [source] }, callsOnEnding })
      const above = spans.start('root', { ...root, 'user.id': 'ada' })
      for (const name of ['one', 'two']) end(spans.start(name, leaf, above), usage)
      end(above)
      expect(errors).toEqual([])
      expect(warnings).toEqual([[expect.stringContaining('(price_source_failed)')]])
      for (const name of ['one', 'two']) {
        expect(spans.costOf(name)).toEqual({ status: 'unpriced' })
        expect(spans.span(name)?.attributes['cost.reason']).toBe('price_source_failed')
      }
      for (const { attributes } of spans.exporter.spans) expect(attributes['user.id']).toBe('ada')
      expect(spans.costOf('root')).toEqual({ missing: 2 })
    })
  },
)

describe('what is printed on the console', () => {
  // Without one a call without a user gets a second line.
  beforeEach(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  })
  afterEach(() => context.disable())

  test('a model without a price, once for each model', () => {
    const spans = new Recording()
    for (const id of ['x', 'y', 'x']) {
      end(spans.start('call', { ...leaf, 'ai.model.id': id, 'user.id': 'ada' }), usage)
    }
    expect(warnings).toEqual([
      [
        expect.stringContaining(
          'no price for model "x" of provider "openai.chat" (model_without_price)',
        ),
      ],
      [expect.stringContaining('no price for model "y"')],
    ])
    expect(JSON.stringify(warnings)).not.toContain('ada')
  })

  test('a call without a user, once, with the place of the first', () => {
    const spans = new Recording()
    const place = { 'ai.telemetry.functionId': 'answer\u001b[31m', 'tenant.id': 'acme' }
    end(spans.start('first call', { ...leaf, ...place }), usage)
    end(spans.start('second call', leaf), usage)
    expect(warnings).toEqual([
      [
        expect.stringMatching(
          /^costspan: a call, span "first call" of "answer\[31m", names no user\. .*withAttribution/,
        ),
      ],
    ])
    expect(JSON.stringify(warnings)).not.toContain('acme')
  })

  test('nothing where all is well, or where nothing can be known', () => {
    const spans = new Recording()
    end(spans.start('call', { ...leaf, 'user.id': 'ada' }), usage)
    end(spans.start('call', { ...leaf, 'user.id': 'ada' }))
    expect([warnings, errors]).toEqual([[], []])
  })
})

describe('a malformed option is named', () => {
  test.each<[unknown, string]>([
    [
      { onCharge: 'log' },
      'Expected `onCharge` to be a function or an array of functions, got "log" (string)',
    ],
    [{ onCharge: null }, 'Expected `onCharge` to be a function or an array of functions, got null'],
    [
      { prices: 'catalog' },
      'Expected `prices` to be an array of price sources, got "catalog" (string)',
    ],
    [
      { prices: [7] },
      'Expected `prices[0]` to be a price source with `version`, `source` and `find`, got 7 (number)',
    ],
    [null, 'Expected `options` to be'],
    [{ price: [] }, 'Expected `options.price` to be one of prices, onCharge'],
    [{ oncharge: () => {} }, 'Expected `options.oncharge` to be one of prices, onCharge'],
  ])('%j', (options, message) => {
    expect(() => new CostSpanProcessor(options as CostSpanProcessorOptions)).toThrow(TypeError)
    expect(() => new CostSpanProcessor(options as CostSpanProcessorOptions)).toThrow(message)
  })
})
