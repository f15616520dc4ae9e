import { isDeepStrictEqual } from 'node:util'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CostSpanProcessor, createCharger, type Charge, type SpanLike } from 'costspan'
import { CostSpanExporter } from 'costspan/exporter'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { isCall } from '../../src/conventions/model-call.ts'
import { spanRole } from '../../src/conventions/read-call.ts'
import {
  arbitraryTree,
  run,
  type ArbitrarySpan,
  type Hooks,
  type Started,
} from '../support/arbitrary-spans.ts'
import { runsOf } from '../support/runs.ts'

context.setGlobalContextManager(new AsyncLocalStorageContextManager())

// Seconds each, more on a machine that does other work besides.
vi.setConfig({ testTimeout: 60_000 })

/** Ten spans each on average; in CI all properties together see more than 100,000 spans. */
const TREES = runsOf(400, 1700)

const withCost = new Set<unknown>(['priced', 'upper_bound', 'lower_bound', 'estimated'])
const charge = createCharger()

function forAllTrees(check: (tree: ArbitrarySpan[]) => void, hostile = false): void {
  fc.assert(fc.property(arbitraryTree(hostile), check), { numRuns: TREES, seed: 20261115 })
}

/** The attributes of every span once the tree has run. */
function enriched(tree: readonly ArbitrarySpan[], hooks: Hooks): SpanLike['attributes'][] {
  return run(tree, hooks).spans.map(({ span }) => span.attributes)
}

/** Several processors in one provider: each hook runs on all of them before the next hook. */
function together(...processors: readonly Hooks[]): Hooks {
  return {
    onStart: (span, from) => processors.forEach((one) => one.onStart(span, from)),
    onEnding: (span) => processors.forEach((one) => one.onEnding(span)),
    onEnd: (span) => processors.forEach((one) => one.onEnd(span)),
  }
}

/** A host that never calls `onEnding`. */
function withoutOnEnding(processor: Hooks): Hooks {
  return {
    onStart: (span, from) => processor.onStart(span, from),
    onEnding: () => {},
    onEnd: (span) => processor.onEnd(span),
  }
}

/** What the exporter hands on; it fails the test if it throws. */
function exported(spans: SpanLike[], exporter = collecting()): SpanLike[] {
  for (const span of spans) exporter.decorated.export([span], () => {})
  return exporter.spans
}

function collecting(): { spans: SpanLike[]; decorated: CostSpanExporter<SpanLike, unknown> } {
  const spans: SpanLike[] = []
  const inner = {
    export: (batch: SpanLike[]) => void spans.push(...batch),
    shutdown: () => Promise.resolve(),
  }
  return { spans, decorated: new CostSpanExporter<SpanLike, unknown>(inner) }
}

describe('whatever a span carries', () => {
  test('no hook throws, and the application sees none of it', () => {
    forAllTrees((tree) => {
      const { ended } = run(tree, new CostSpanProcessor())
      expect(exported(ended)).toHaveLength(ended.length)
    }, true)
  })

  test('broken spans leave the others as they are', () => {
    forAllTrees((tree) => {
      const whole = tree.filter(({ hostility }) => hostility === undefined)
      const lone = whole.map((span) => ({ ...span, above: 0, neverEnds: false, endsAt: 0 }))
      const alone = enriched(lone.slice(0, 1), new CostSpanProcessor())
      const processor = new CostSpanProcessor()
      run(tree, processor)
      expect(enriched(lone.slice(0, 1), processor)).toEqual(alone)
    }, true)
  })

  test('a cost is finite, not negative, on a leaf, and goes with its status', () => {
    forAllTrees((tree) => {
      for (const attributes of enriched(tree, new CostSpanProcessor())) expectConsistent(attributes)
      for (const span of exported(run(tree, idle).ended)) expectConsistent(span.attributes)
    })
  })

  test('a roll-up is the sum of the costs below that ended before', () => {
    forAllTrees((tree) => {
      const { spans, ended } = run(tree, new CostSpanProcessor())
      for (const [index, { span }] of spans.entries()) {
        const rollup = span.attributes['cost.rollup_usd']
        if (rollup === undefined) continue
        const before = new Set(ended.slice(0, ended.indexOf(span)))
        const below = spans.filter((one, at) => isBelow(spans, at, index) && before.has(one.span))
        const sum = below.reduce(
          (total, one) => total + Number(one.span.attributes['cost.usd'] ?? 0),
          0,
        )
        expect(rollup).toBeCloseTo(sum, 9)
      }
    })
  })

  test('a call that never ended, below a span that did, is reported once, or the call that encloses it is', () => {
    let found = 0
    forAllTrees((tree) => {
      const charges: Charge[] = []
      const processor = new CostSpanProcessor({ onCharge: (one) => void charges.push(one) })
      const { spans, ended } = run(tree, processor)
      const open = charges.length
      void processor.shutdown()
      const reported = new Set(charges.map(({ spanId }) => spanId))
      expect(reported.size).toBe(charges.length)
      const hasEnded = new Set(ended)
      for (const [at, { span }] of spans.entries()) {
        if (hasEnded.has(span) || !isCall(spanRole(span.attributes))) continue
        const related = spans.filter((_, of) => isBelow(spans, at, of) || isBelow(spans, of, at))
        if (!watchedFrom(spans, at).some((one) => hasEnded.has(one))) continue
        const calls = [span, ...related.map((one) => one.span)]
        expect(calls.some((one) => reported.has(one.spanContext().spanId))).toBe(true)
      }
      found += charges.length - open
    })
    expect(found).toBeGreaterThan(runsOf(25, 100))
  })

  test('of two calls that ask the same, one directly inside the other, both carry a cost only if their usage differs', () => {
    let carried = 0
    let apart = 0
    forAllTrees((tree) => {
      const { spans } = run(tree, new CostSpanProcessor())
      for (const { span, parent } of spans) {
        const above = parent === undefined ? undefined : spans[parent]?.span
        if (above === undefined || !asksTheSame(above.attributes, span.attributes)) continue
        const both =
          span.attributes['cost.usd'] !== undefined && above.attributes['cost.usd'] !== undefined
        if (both) {
          apart++
          expect(charge(span)?.usage).not.toEqual(charge(above)?.usage)
        }
        for (const { attributes } of [above, span]) {
          if (attributes['cost.reason'] === 'carried_by_another_span') carried++
        }
      }
    })
    // Random usages seldom agree.
    expect(carried).toBeGreaterThan(runsOf(5, 50))
    expect(carried + apart).toBeGreaterThan(runsOf(25, 100))
  })

  test('a call with calls inside that all ask something else carries its own cost', () => {
    let pairs = 0
    forAllTrees((tree) => {
      const { spans, ended } = run(tree, new CostSpanProcessor())
      for (const [index, { span, parent }] of spans.entries()) {
        const { attributes } = span
        const isInnermost = parent === undefined && ended.includes(span)
        if (!isInnermost || !isCall(spanRole(attributes))) continue
        const inside = spans.filter((_, at) => isBelow(spans, at, index))
        const calls = inside.filter((one) => isCall(spanRole(one.span.attributes)))
        if (calls.some((one) => asksTheSame(attributes, one.span.attributes))) continue
        expect(attributes['cost.status']).toBeDefined()
        if (calls.some((one) => one.span.attributes['cost.usd'] !== undefined)) pairs++
      }
    })
    expect(pairs).toBeGreaterThan(runsOf(25, 100))
  })

  test('an AI span that ended names its user, or is marked as unattributed or redacted', () => {
    forAllTrees((tree) => {
      const { ended } = run(tree, new CostSpanProcessor())
      for (const span of [...ended, ...exported(run(tree, idle).ended)]) {
        const { attributes } = span
        if (spanRole(attributes) === undefined) continue
        expect(attributes['user.id'] === undefined ? ['none', 'redacted'] : [undefined]).toContain(
          attributes['cost.attribution'],
        )
      }
    })
  })
})

/** The spans above a call as far as AI spans go, and the one right above those. */
function watchedFrom(spans: readonly Started[], at: number): SpanLike[] {
  const above: SpanLike[] = []
  let last = 0
  for (let of = spans[at]?.parent; of !== undefined; of = spans[of]?.parent) {
    const { span } = spans[of] as Started
    above.push(span)
    if (spanRole(span.attributes) !== undefined) last = above.length
  }
  return above.slice(0, last + 1)
}

function isBelow(spans: readonly Started[], at: number, index: number): boolean {
  const parent = spans[at]?.parent
  return parent !== undefined && (parent === index || isBelow(spans, parent, index))
}

/** The same operation and the same model, as far as both state them, whatever creator is named before it. */
function asksTheSame(one: SpanLike['attributes'], other: SpanLike['attributes']): boolean {
  const role = spanRole(one)
  if (!isCall(role) || role !== spanRole(other)) return false
  const [model, otherModel] = [one, other].map(
    ({ 'gen_ai.request.model': step, 'ai.model.id': whole }) =>
      [step, whole].find((id): id is string => typeof id === 'string' && id !== ''),
  )
  if (model === undefined || otherModel === undefined) return true
  return model.endsWith(otherModel) || otherModel.endsWith(model)
}

const idle: Hooks = { onStart: () => {}, onEnding: () => {}, onEnd: () => {} }

function expectConsistent(attributes: SpanLike['attributes']): void {
  const { 'cost.usd': usd, 'cost.status': status, 'cost.reason': reason } = attributes
  expect(usd !== undefined).toBe(withCost.has(status))
  if (usd !== undefined) expect(Number.isFinite(usd) && Number(usd) >= 0).toBe(true)
  if (status === undefined && reason !== undefined) expect(reason).toBe('carried_by_another_span')
  if (status !== undefined) {
    expect(isCall(spanRole(attributes))).toBe(true)
    expect(reason === undefined).toBe(status === 'priced')
    expect(attributes['cost.rollup_usd']).toBeUndefined()
  }
}

describe('however often and in whatever order it runs', () => {
  test('enriching twice equals enriching once', () => {
    forAllTrees((tree) => {
      const processor = new CostSpanProcessor()
      const twice = together(
        { ...idle, onStart: (span, from) => processor.onStart(span, from) },
        {
          onStart: () => {},
          onEnding: (span) => [1, 2].forEach(() => processor.onEnding(span)),
          onEnd: (span) => [1, 2].forEach(() => processor.onEnd(span)),
        },
      )
      expectSame(enriched(tree, twice), enriched(tree, new CostSpanProcessor()))
    })
  })

  test('two processors equal one', () => {
    forAllTrees((tree) => {
      const two = together(new CostSpanProcessor(), new CostSpanProcessor())
      expectSame(enriched(tree, two), enriched(tree, new CostSpanProcessor()))
    })
  })

  test('a host without onEnding equals one with it', () => {
    forAllTrees((tree) => {
      const without = withoutOnEnding(new CostSpanProcessor())
      expectSame(enriched(tree, without), enriched(tree, new CostSpanProcessor()))
    })
  })

  test('an exporter after the processor changes nothing', () => {
    forAllTrees((tree) => {
      const { ended } = run(tree, new CostSpanProcessor())
      expectSame(attributesOf(exported(ended)), attributesOf(ended))
    })
  })

  test('an exporter touches no span, and changes nothing the second time', () => {
    forAllTrees((tree) => {
      const { ended } = run(tree, idle)
      const before = ended.map(({ attributes }) => ({ ...attributes }))
      const once = exported(ended)
      expectSame(attributesOf(ended), before)
      expectSame(attributesOf(exported(once)), attributesOf(once))
    })
  })

  test('the exported span gives the charge again', () => {
    forAllTrees((tree) => {
      const charges: Charge[] = []
      const onCharge = (one: Charge): void => void charges.push(one)
      const { spans } = run(tree, new CostSpanProcessor({ onCharge }))
      for (const one of charges) {
        const { span } = spans[Number(one.spanId)] ?? {}
        expect(span && charge(span)).toEqual(one)
      }
    })
  })

  test('the exported spans give the same total again', () => {
    forAllTrees((tree) => {
      let usd = 0
      const onCharge = (one: Charge): void => void (usd += one.usd ?? 0)
      const { ended } = run(tree, new CostSpanProcessor({ onCharge }))
      const again = ended.reduce((sum, span) => sum + (charge(span)?.usd ?? 0), 0)
      expect(again).toBeCloseTo(usd, 9)
    })
  })
})

function attributesOf(spans: readonly SpanLike[]): SpanLike['attributes'][] {
  return spans.map(({ attributes }) => attributes)
}

/** Node's comparison first: vitest's is slow, and only needed for its message. */
function expectSame(one: unknown, other: unknown): void {
  if (!isDeepStrictEqual(one, other)) expect(one).toEqual(other)
}
