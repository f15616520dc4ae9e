import { context, type Attributes } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import {
  AI_SDK,
  ANTHROPIC,
  chat,
  CLIENT,
  countOf,
  end,
  ofSentry,
  OPENINFERENCE,
  openInference,
  Pipeline,
  SENTRY,
  shown,
  sumOf,
  usdOf,
  type Pair,
  type Shown,
} from '../support/duplicate-spans.ts'
import { capturePrinted } from '../support/printed.ts'
import { runsOf } from '../support/runs.ts'

context.setGlobalContextManager(new AsyncLocalStorageContextManager())
const printed = capturePrinted()
// Thousands of spans, on a machine that may do other work besides.
vi.setConfig({ testTimeout: 120_000 })

let spans = new Pipeline()
beforeEach(() => {
  spans = new Pipeline()
})

/** That processor and exporter charge so much, on so many spans. */
function expectCharged(usd: number, calls: number): void {
  const all = [spans.enriched.spans, spans.exported(), spans.exported(7), spans.exported(1e6)]
  for (const some of all) {
    expect(sumOf(some)).toBeCloseTo(usd, 9)
    expect(countOf(some)).toBe(calls)
  }
  expect(spans.charges.filter(({ usd: cost }) => cost !== undefined)).toHaveLength(calls)
}

describe('thousands of calls open beside another recorder are each charged once', () => {
  // More than each bound on calls that are not yet paired.
  const COUNT = runsOf(1200, 2000)
  const indexes = Array.from({ length: COUNT }, (_, index) => index)
  const orders: [string, (index: number) => number][] = [
    ['in the order of their starts', (index) => index],
    ['in the opposite order', (index) => COUNT - index],
    ['in no order', (index) => (index * 7919) % COUNT],
  ]
  const usages: [string, (index: number) => Shown][] = [
    ['equal usage, ids', (index) => ({ input: 1000, output: 100, id: `resp_${index}` })],
    ['equal usage, no ids', () => ({ input: 1000, output: 100 })],
    ['different usage, no ids', (index) => ({ input: 1000 + index, output: 100 })],
  ]
  const total = (usageOf: (index: number) => Shown): number =>
    indexes.reduce((sum, index) => {
      const { input = 0, output = 0 } = usageOf(index)
      return sum + usdOf(input, output)
    }, 0)

  describe.each(usages)('%s', (_, usageOf) => {
    test.each(orders)('Sentry and the AI SDK, ending %s', (_order, orderOf) => {
      const open = indexes.map((index) => {
        const group = { ...ofSentry, 'gen_ai.operation.name': 'invoke_agent' }
        const sentrys = spans.start(SENTRY, group)
        const agent = spans.start(AI_SDK, { 'gen_ai.operation.name': 'invoke_agent' })
        const call = spans.start(AI_SDK, chat(), agent)
        const copy = spans.start(SENTRY, { ...chat(), ...ofSentry }, sentrys)
        return { index, all: [call, copy], groups: [agent, sentrys] }
      })
      const inOrder = open.toSorted((one, other) => orderOf(one.index) - orderOf(other.index))
      // All calls of the one recorder first, for half of them those of the other.
      for (const { index, all } of inOrder) end(all[index % 2] as Pair, usageOf(index))
      for (const { index, all } of inOrder) end(all[1 - (index % 2)] as Pair, usageOf(index))
      for (const { groups } of inOrder) groups.forEach((group) => end(group))
      expect(sumOf(spans.enriched.spans)).toBeCloseTo(total(usageOf), 6)
      expect(countOf(spans.enriched.spans)).toBe(COUNT)
      for (const size of [512]) {
        const exported = spans.exported(size)
        expect(sumOf(exported)).toBeCloseTo(total(usageOf), 6)
        expect(countOf(exported)).toBe(COUNT)
      }
    })

    test.each(orders)('Anthropic’s own client and an instrumentation, ending %s', (_o, orderOf) => {
      const open = indexes.map((index) => ({
        index,
        own: spans.start(ANTHROPIC, chat('claude-sonnet-4-5', 'anthropic')),
        other: spans.start(OPENINFERENCE, openInference),
      }))
      const inOrder = open.toSorted((one, other) => orderOf(one.index) - orderOf(other.index))
      for (const { index, own } of inOrder) end(own, usageOf(index))
      for (const { index, other } of inOrder) {
        const { input, output } = usageOf(index)
        end(other, {
          'llm.token_count.prompt': input ?? 0,
          'llm.token_count.completion': output ?? 0,
        })
      }
      expect(countOf(spans.enriched.spans)).toBe(COUNT)
      expect(countOf(spans.exported(512))).toBe(COUNT)
    })
  })

  test('beyond the calls that are remembered the excess alone is uncertain, and its reason states so', () => {
    const REMEMBERED = 32_768
    const EXCESS = 1232
    const MANY = REMEMBERED + EXCESS
    // Of the newest, too: those are distinguished from the excess.
    const recorded = [...Array(EXCESS + 2000).keys()].map((index) =>
      index < EXCESS ? index : MANY - 1 - index + EXCESS,
    )
    const owns = Array.from({ length: MANY }, () =>
      spans.start(ANTHROPIC, chat('claude-sonnet-4-5', 'anthropic')),
    )
    const others = recorded.map((index) => ({
      index,
      other: spans.start(OPENINFERENCE, openInference),
    }))
    for (const [index, own] of owns.entries()) {
      end(own, {
        ...shown({ input: 1000 + index, output: 100 }),
        'gen_ai.usage.cache_read.input_tokens': 0,
        'gen_ai.usage.cache_creation.input_tokens': 0,
      })
    }
    for (const { index, other } of others) {
      end(other, { 'llm.token_count.prompt': 1000 + index, 'llm.token_count.completion': 100 })
    }
    expect(countOf(spans.enriched.spans)).toBe(MANY)
    const uncertain = spans.enriched.spans.filter(
      ({ attributes }) => attributes['cost.reason'] === 'recorded_twice',
    )
    expect(uncertain).toHaveLength(EXCESS)
    expect(printed.flat()).toContainEqual(expect.stringContaining('may show the same call'))
  }, 120_000)
})

describe('a recording that never ends takes no other call with it', () => {
  const sonnet = { 'llm.token_count.prompt': 1_000_000, 'llm.token_count.completion': 1_000_000 }

  test('of Anthropic’s own client: a later call that an instrumentation shows is charged', () => {
    spans.start(ANTHROPIC, chat('claude-sonnet-4-5', 'anthropic'))
    end(spans.start(OPENINFERENCE, openInference), sonnet)
    expect(countOf(spans.enriched.spans)).toBe(1)
    expect(countOf(spans.exported())).toBe(1)
  })

  test.each([1, 40])(
    'of the AI SDK, %i of them: calls that only Sentry shows are charged',
    (many) => {
      const group = { 'gen_ai.operation.name': 'invoke_agent' }
      for (let index = 0; index < many; index++) {
        spans.start(SENTRY, { ...group, ...ofSentry })
        spans.start(AI_SDK, chat(), spans.start(AI_SDK, group))
      }
      const sentrys = spans.start(SENTRY, { ...group, ...ofSentry })
      end(spans.start(SENTRY, { ...chat(), ...ofSentry }, sentrys), { input: 3000, output: 10 })
      end(sentrys)
      expectCharged(usdOf(3000, 10), 1)
    },
  )

  test('of the AI SDK without a span above: a call that only Sentry shows is charged', () => {
    spans.start(SENTRY, { 'gen_ai.operation.name': 'invoke_agent', ...ofSentry })
    spans.start(AI_SDK, chat())
    end(spans.start(SENTRY, { ...chat(), ...ofSentry }), { input: 3000, output: 10 })
    expectCharged(usdOf(3000, 10), 1)
  })

  test('a call of other usage at the same time is charged', () => {
    const own = spans.start(ANTHROPIC, chat('claude-sonnet-4-5', 'anthropic'))
    const other = spans.start(OPENINFERENCE, openInference)
    end(own, { input: 20, output: 1 })
    end(other, sonnet)
    expect(countOf(spans.enriched.spans)).toBe(2)
    expect(countOf(spans.exported())).toBe(2)
  })

  test('one without usage does not take a call with usage', () => {
    const own = spans.start(ANTHROPIC, chat('claude-sonnet-4-5', 'anthropic'))
    const other = spans.start(OPENINFERENCE, openInference)
    end(own)
    end(other, sonnet)
    expect(countOf(spans.enriched.spans)).toBe(1)
  })
})

describe('of an outer call and the calls inside it, each call is charged once', () => {
  const guard = { input: 20, output: 1 }
  const answer = { input: 100_000, output: 10_000 }
  const guardUsd = usdOf(20, 1)
  const answerUsd = usdOf(100_000, 10_000)

  test('a guardrail of the same model inside a dear call: both', () => {
    const outer = spans.start(AI_SDK, chat())
    end(spans.start(CLIENT, chat(), outer), guard)
    end(outer, answer)
    expectCharged(answerUsd + guardUsd, 2)
  })

  test('a guardrail and the instrumented call itself', () => {
    const outer = spans.start(AI_SDK, chat())
    end(spans.start(CLIENT, chat(), outer), guard)
    end(spans.start(CLIENT, chat(), outer), answer)
    end(outer, answer)
    expectCharged(answerUsd + guardUsd, 2)
  })

  test('a guardrail that ends after the outer call', () => {
    const outer = spans.start(AI_SDK, chat())
    const inner = spans.start(CLIENT, chat(), outer)
    end(outer, answer)
    end(inner, guard)
    expectCharged(answerUsd + guardUsd, 2)
  })

  test('a guardrail of equal usage with another id', () => {
    const outer = spans.start(AI_SDK, chat())
    end(spans.start(CLIENT, chat(), outer), { ...answer, id: 'resp_1' })
    end(outer, { ...answer, id: 'resp_2' })
    expectCharged(2 * answerUsd, 2)
  })

  test('a dear call inside a cheap one', () => {
    const outer = spans.start(AI_SDK, chat())
    end(spans.start(CLIENT, chat(), outer), answer)
    end(outer, guard)
    expectCharged(answerUsd + guardUsd, 2)
  })

  test('a guardrail without usage: the outer call', () => {
    const outer = spans.start(AI_SDK, chat())
    end(spans.start(CLIENT, chat(), outer))
    end(outer, answer)
    expectCharged(answerUsd, 1)
  })

  test('an outer call without usage around one with usage: the inner one, with a warning', () => {
    const outer = spans.start('a framework', chat())
    end(spans.start(CLIENT, chat(), outer), answer)
    end(outer)
    expectCharged(answerUsd, 1)
    expect(printed.flat()).toContainEqual(expect.stringContaining('may show the same call'))
  })

  test.each([2, 3, 20])('%i calls inside that sum to the outer one: those', (many) => {
    const outer = spans.start('a framework', chat())
    for (let index = 0; index < many; index++) {
      end(spans.start(CLIENT, chat(), outer), { input: 1000 + index, output: 10 })
    }
    const sum = (many * (many - 1)) / 2
    end(outer, { input: many * 1000 + sum, output: many * 10 })
    expectCharged(usdOf(many * 1000 + sum, many * 10), many)
  })

  test('two guardrails that happen to sum to the outer one, which has an id of its own: all three', () => {
    const outer = spans.start(AI_SDK, chat())
    end(spans.start(CLIENT, chat(), outer), { input: 50, output: 5, id: 'guard-1' })
    end(spans.start(CLIENT, chat(), outer), { input: 50, output: 5, id: 'guard-2' })
    end(outer, { input: 100, output: 10, id: 'answer' })
    expectCharged(usdOf(200, 20), 3)
  })

  test('two that sum to the outer one, which has the id of the last: those two', () => {
    const outer = spans.start('a framework', chat())
    end(spans.start(CLIENT, chat(), outer), { input: 50, output: 5, id: 'step-1' })
    end(spans.start(CLIENT, chat(), outer), { input: 70, output: 5, id: 'step-2' })
    end(outer, { input: 120, output: 10, id: 'step-2' })
    expectCharged(usdOf(120, 10), 2)
  })

  test('two that sum to the outer one, and a guardrail', () => {
    const outer = spans.start('a framework', chat())
    for (const what of [{ input: 1000, output: 10 }, guard, { input: 3000, output: 30 }]) {
      end(spans.start(CLIENT, chat(), outer), what)
    }
    end(outer, { input: 4000, output: 40 })
    expectCharged(usdOf(4000, 40) + guardUsd, 3)
  })

  test('two equal calls inside, one of which the outer one repeats: two', () => {
    for (const isOuterFirst of [true, false]) {
      spans = new Pipeline()
      const outer = spans.start(AI_SDK, chat())
      const inner = [spans.start(CLIENT, chat(), outer), spans.start(CLIENT, chat(), outer)]
      if (isOuterFirst) end(outer, answer)
      for (const one of inner) end(one, answer)
      if (!isOuterFirst) end(outer, answer)
      expectCharged(2 * answerUsd, 2)
    }
  })

  test.each<[string, Attributes]>([
    [
      'with cached tokens apart',
      { 'gen_ai.usage.input_tokens': 400, 'gen_ai.usage.cache_read.input_tokens': 600 },
    ],
    [
      'with cached tokens within',
      { 'gen_ai.usage.input_tokens': 1000, 'gen_ai.usage.cache_read.input_tokens': 600 },
    ],
    ['without cached tokens', { 'gen_ai.usage.input_tokens': 1000 }],
  ])('the same call, whose inner recording counts the prompt %s: one', (_, inner) => {
    const claude = chat('claude-sonnet-4-5', 'anthropic')
    const outer = spans.start(AI_SDK, claude)
    end(spans.start('a client', claude, outer), { ...inner, 'gen_ai.usage.output_tokens': 50 })
    end(outer, {
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.cache_read.input_tokens': 600,
      'gen_ai.usage.output_tokens': 50,
    })
    expect(countOf(spans.enriched.spans)).toBe(1)
    expect(countOf(spans.exported())).toBe(1)
  })

  test('the roll-up above shows both', () => {
    const root = spans.start(AI_SDK, { 'gen_ai.operation.name': 'invoke_agent' }, undefined, 'root')
    const outer = spans.start(AI_SDK, chat(), root)
    end(spans.start(CLIENT, chat(), outer), guard)
    end(outer, answer)
    end(root)
    const above = spans.enriched.spans.find(({ name }) => name === 'root')
    expect(above?.attributes['cost.rollup_usd']).toBeCloseTo(answerUsd + guardUsd, 12)
  })
})

describe('an exporter charges a call inside a call once', () => {
  const one = { input: 1000, output: 100 }
  const usd = usdOf(1000, 100)

  /** Calls of other requests, with and without spans above that are exported later. */
  function others(many: number): void {
    for (let index = 0; index < many; index++) {
      const root = spans.start(AI_SDK, { 'gen_ai.operation.name': 'invoke_agent' })
      end(spans.start(AI_SDK, chat(), root), one)
      if (index % 2 === 0) end(root)
    }
  }

  test.each([0, 9000])('the outer span first, with %i calls in between', (between) => {
    const outer = spans.start(AI_SDK, chat())
    const inner = spans.start(CLIENT, chat(), outer)
    end(outer, one)
    others(between)
    end(inner, one)
    for (const size of [1, 512]) expect(countOf(spans.exported(size))).toBe(between + 1)
  })

  test('the inner span first, with 9,000 calls in between', () => {
    const outer = spans.start(AI_SDK, chat())
    end(spans.start(CLIENT, chat(), outer), one)
    others(9000)
    end(outer, one)
    for (const size of [1, 512]) expect(countOf(spans.exported(size))).toBe(9001)
  })

  test.each([17, 100])('with %i calls inside, of which the last is the same', (many) => {
    const outer = spans.start(AI_SDK, chat())
    for (let index = 1; index < many; index++) {
      end(spans.start(CLIENT, chat(), outer), { input: 10 + index, output: index })
    }
    end(spans.start(CLIENT, chat(), outer), { ...one, id: 'resp_1' })
    end(outer, { ...one, id: 'resp_1' })
    for (const size of [1, 512]) expect(countOf(spans.exported(size))).toBe(many)
    expect(countOf(spans.enriched.spans)).toBe(many)
  })

  test.each<[string, number[], number]>([
    ['inner, between, outer', [0, 1, 2], 1],
    ['outer, between, inner', [2, 1, 0], 1],
    ['between, outer, inner', [1, 2, 0], 1],
    ['between, inner, outer', [1, 0, 2], 1],
    ['inner, outer, between', [0, 2, 1], 3],
  ])('with a span between, in the order %s', (_, order, leastBatch) => {
    const outer = spans.start(AI_SDK, chat())
    const between = spans.start('app', {}, outer)
    const inner = spans.start(CLIENT, chat(), between)
    const all = [inner, between, outer]
    for (const index of order) end(all[index] as Pair, index === 1 ? {} : one)
    // A call whose spans above have not come is charged: in a batch of its own nothing else is known.
    for (const size of [1, 2, 3].filter((each) => each >= leastBatch)) {
      expect(sumOf(spans.exported(size))).toBeCloseTo(usd, 12)
    }
    expect(sumOf(spans.enriched.spans)).toBeCloseTo(usd, 12)
  })
})
