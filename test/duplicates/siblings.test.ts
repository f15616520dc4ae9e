import { beforeEach, describe, expect, test } from 'vitest'
import {
  AI_SDK,
  chat,
  CLIENT,
  countOf,
  end,
  ofSentry,
  Pipeline,
  SENTRY,
  sumOf,
  usdOf,
  type Pair,
  type Shown,
} from '../support/duplicate-spans.ts'
import { capturePrinted } from '../support/printed.ts'

const FRAMEWORK = 'a framework'
const OTHER_CLIENT = '@traceloop/instrumentation-openai'
const UNCERTAIN = expect.stringContaining('may show the same call')
const BOTH_CHARGED = expect.stringContaining('both spans are charged')
const answer: Shown = { input: 1000, output: 100, id: 'resp_1' }
const answerUsd = usdOf(1000, 100)

const printed = capturePrinted()
let spans = new Pipeline()
beforeEach(() => {
  spans = new Pipeline()
})

/** That the processor, and an exporter that gets all spans at once, charge so many calls of `answer`. */
function expectCalls(calls: number): void {
  for (const some of [spans.enriched.spans, spans.exported(1e6)]) {
    expect(sumOf(some)).toBeCloseTo(calls * answerUsd, 12)
    expect(countOf(some)).toBe(calls)
  }
}

interface Siblings {
  readonly one?: Shown
  readonly other?: Shown
  readonly otherScope?: string
  /** How many of the two nested calls end before the call that encloses them. */
  readonly before: number
}

/** Two calls beside each other below an enclosing call, open at the same time. */
function endSiblings({
  one = answer,
  other = one,
  otherScope = OTHER_CLIENT,
  before,
}: Siblings): void {
  const enclosing = spans.start(FRAMEWORK, chat())
  const steps: [Pair, Shown][] = [
    [spans.start(CLIENT, chat(), enclosing), one],
    [spans.start(otherScope, chat(), enclosing), other],
  ]
  steps.splice(before, 0, [enclosing, one])
  for (const [span, shown] of steps) end(span, shown)
}

describe.each([0, 1, 2])('below a call that ends after %d of its two nested calls', (before) => {
  test('one response id on spans of two instrumentations gives a warning', () => {
    endSiblings({ before })
    // Where the enclosing call has been charged before, it carries both. Else the second is charged as well.
    expectCalls(before === 0 ? 1 : 2)
    expect(printed.flat()).toContainEqual(before === 0 ? UNCERTAIN : BOTH_CHARGED)
  })

  test('two calls of one instrumentation are two, for compatible servers reuse ids', () => {
    endSiblings({ before, otherScope: CLIENT })
    expectCalls(2)
  })

  test('calls with different response ids are two', () => {
    endSiblings({ before, other: { ...answer, id: 'resp_2' } })
    expectCalls(2)
  })

  test('calls of equal usage without response ids are two', () => {
    endSiblings({ before, one: { input: 1000, output: 100 } })
    expectCalls(2)
  })
})

test('calls of different usage with one response id are two', () => {
  endSiblings({ before: 2, other: { ...answer, input: 1001 } })
  for (const some of [spans.enriched.spans, spans.exported(1e6)]) {
    expect(sumOf(some)).toBeCloseTo(answerUsd + usdOf(1001, 100), 12)
  }
})

test.each(['Sentry first', 'the AI SDK first'])(
  'a chat that Sentry and the AI SDK write below one call is charged once: %s',
  (order) => {
    const enclosing = spans.start(FRAMEWORK, chat())
    const agent = { 'gen_ai.operation.name': 'invoke_agent' }
    const generation = spans.start(SENTRY, { ...agent, ...ofSentry }, enclosing)
    const ofSdk = spans.start(AI_SDK, agent, generation)
    const chats = [
      spans.start(SENTRY, { ...chat(), ...ofSentry }, generation),
      spans.start(AI_SDK, chat(), ofSdk),
    ]
    if (order !== 'Sentry first') chats.reverse()
    for (const span of chats) end(span, answer)
    for (const span of [ofSdk, generation]) end(span)
    end(enclosing, { input: 50, output: 5 })
    for (const some of [spans.enriched.spans, spans.exported(1e6)]) {
      expect(sumOf(some)).toBeCloseTo(answerUsd + usdOf(50, 5), 12)
    }
  },
)

test('a second call that starts when the first has ended is a call of its own', () => {
  const enclosing = spans.start(FRAMEWORK, chat())
  end(spans.start(CLIENT, chat(), enclosing), answer)
  end(spans.start(OTHER_CLIENT, chat(), enclosing), answer)
  end(enclosing, answer)
  expectCalls(2)
})

test('an instrumentation that writes its span inside the other’s is matched without a warning', () => {
  const enclosing = spans.start(FRAMEWORK, chat())
  const outer = spans.start(CLIENT, chat(), enclosing)
  end(spans.start(OTHER_CLIENT, chat(), outer), answer)
  end(outer, answer)
  end(enclosing, answer)
  expectCalls(1)
  expect(printed.flat()).not.toContainEqual(UNCERTAIN)
})

test('a call without input around two of equal output is carried by one of them, with a warning', () => {
  const enclosing = spans.start(FRAMEWORK, chat())
  const nested = [spans.start(CLIENT, chat(), enclosing), spans.start(CLIENT, chat(), enclosing)]
  for (const span of nested) end(span, { input: 1000, output: 100 })
  end(enclosing, { output: 100 })
  expectCalls(2)
  expect(printed.flat()).toContainEqual(UNCERTAIN)
})

describe('a call that ended before its nested calls carries one of them alone', () => {
  /** Nested calls that start together and end one after the other, when the enclosing call has ended. */
  function endBelow(enclosingShows: Shown, nested: readonly (readonly [string, Shown])[]): void {
    const enclosing = spans.start(FRAMEWORK, chat())
    const opened = nested.map(
      ([scope, what]) => [spans.start(scope, chat(), enclosing), what] as const,
    )
    end(enclosing, enclosingShows)
    for (const [span, what] of opened) end(span, what)
  }

  function expectSum(usd: number): void {
    for (const some of [spans.enriched.spans, spans.exported(1e6)]) {
      expect(sumOf(some)).toBeCloseTo(usd, 12)
    }
  }

  test('each instrumentation writes one span of it, and a second one is another call', () => {
    endBelow(answer, [
      [CLIENT, answer],
      [OTHER_CLIENT, answer],
      [OTHER_CLIENT, answer],
    ])
    expectCalls(2)
  })

  test('of three instrumentations each has a span of it', () => {
    endBelow(answer, [
      [CLIENT, answer],
      [OTHER_CLIENT, answer],
      ['a third client', answer],
    ])
    expectCalls(1)
  })

  test('usage that merely does not contradict it is no evidence, with one response id', () => {
    endBelow(answer, [
      [CLIENT, answer],
      [OTHER_CLIENT, { output: 100, id: 'resp_1' }],
    ])
    expectSum(answerUsd + usdOf(0, 100))
  })

  test('beside a span that shows less of it, one of equal usage is another span of it', () => {
    endBelow(answer, [
      [CLIENT, { output: 100, id: 'resp_1' }],
      [OTHER_CLIENT, answer],
    ])
    expectCalls(1)
  })

  test('a nested call that contradicts it is charged, whatever is beside it', () => {
    endBelow({ output: 100 }, [
      [CLIENT, answer],
      [OTHER_CLIENT, { ...answer, output: 99 }],
    ])
    expectSum(usdOf(0, 100) + usdOf(1000, 99))
  })
})

test('a second call that starts when the first has ended is one of its own below a call that has ended, too', () => {
  const enclosing = spans.start(FRAMEWORK, chat())
  const first = spans.start(CLIENT, chat(), enclosing)
  end(enclosing, answer)
  end(first, answer)
  end(spans.start(OTHER_CLIENT, chat(), enclosing), answer)
  expectCalls(2)
})
