import { SpanStatusCode, type Attributes } from '@opentelemetry/api'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  ANTHROPIC,
  chat,
  CLIENT,
  countOf,
  end,
  OPENINFERENCE,
  openInference,
  Pipeline,
  shown,
  sumOf,
  usdOf,
  type Pair,
} from '../support/duplicate-spans.ts'
import { capturePrinted } from '../support/printed.ts'

const printed = capturePrinted()
let spans = new Pipeline()
beforeEach(() => {
  spans = new Pipeline()
})

const UNCERTAIN = expect.stringContaining('may show the same call')

/** That processor and exporter charge so much, on so many spans. */
function expectCharged(usd: number, calls: number): void {
  for (const some of [spans.enriched.spans, spans.exported(), spans.exported(1e6)]) {
    expect(sumOf(some)).toBeCloseTo(usd, 9)
    expect(countOf(some)).toBe(calls)
  }
}

interface Used {
  readonly input: number
  readonly output: number
}

const noCache = {
  'gen_ai.usage.cache_read.input_tokens': 0,
  'gen_ai.usage.cache_creation.input_tokens': 0,
}
/** At 3 and 15 US dollars for a million tokens of `claude-sonnet-4-5`. */
const sonnetUsd = ({ input, output }: Used): number => (input * 3 + output * 15) / 1e6

describe('parallel calls of equal output beside Anthropic’s own client are each charged once', () => {
  const orders = [
    ['own1', 'other0', 'own0', 'other1'],
    ['other0', 'own1', 'own0', 'other1'],
    ['other0', 'own1', 'other1', 'own0'],
    ['own1', 'other0', 'other1', 'own0'],
    ['own0', 'other0', 'own1', 'other1'],
    ['other1', 'own0', 'own1', 'other0'],
    ['own0', 'other1', 'other0', 'own1'],
  ]
  const usages: [Used, Used][] = [
    [
      { input: 100, output: 4 },
      { input: 900, output: 4 },
    ],
    [
      { input: 100, output: 1024 },
      { input: 101, output: 1024 },
    ],
    [
      { input: 50_000, output: 1 },
      { input: 3, output: 1 },
    ],
  ]

  describe.each(usages)('%o and %o', (...calls) => {
    test.each(orders)('ending %s, %s, %s, %s', (...order) => {
      const open = new Map<string, [Pair, Attributes]>()
      for (const [index, { input, output }] of calls.entries()) {
        open.set(`other${index}`, [
          spans.start(OPENINFERENCE, openInference),
          { 'llm.token_count.prompt': input, 'llm.token_count.completion': output },
        ])
        open.set(`own${index}`, [
          spans.start(ANTHROPIC, chat('claude-sonnet-4-5', 'anthropic')),
          { ...shown({ input, output, id: `msg_${index}` }), ...noCache },
        ])
      }
      for (const name of order) end(...(open.get(name) as [Pair, Attributes]))
      expectCharged(sonnetUsd(calls[0]) + sonnetUsd(calls[1]), 2)
    })
  })

  test('also where one recorder shows cached tokens and the other counts none of them', () => {
    const cached = { ...noCache, 'gen_ai.usage.cache_read.input_tokens': 5000 }
    const pairs = [100, 900].map((input, index) => ({
      input,
      own: spans.start(ANTHROPIC, chat('claude-sonnet-4-5', 'anthropic')),
      other: spans.start(OPENINFERENCE, openInference),
      id: `msg_${index}`,
    }))
    for (const { own, input, id } of pairs) {
      end(own, { ...shown({ input: 5000 + input, output: 4, id }), ...cached })
    }
    for (const { other, input } of pairs.toReversed()) {
      end(other, { 'llm.token_count.prompt': input, 'llm.token_count.completion': 4 })
    }
    expectCharged(sonnetUsd({ input: 1000, output: 8 }) + (10_000 * 0.3) / 1e6, 2)
  })
})

describe('a smaller prompt of equal output inside a call is no proof', () => {
  // Bedrock asks a tenth more for a model that is bound to a region.
  const models: [string, string, number][] = [
    ['claude-sonnet-4-5', 'anthropic', 1],
    ['anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws.bedrock', 1.1],
  ]
  const guards: Used[] = [
    { input: 5000, output: 100 },
    { input: 20, output: 100 },
    { input: 501, output: 100 },
  ]

  describe.each(models)('%s', (model, provider, factor) => {
    test.each(guards)('%o where one of the two shows its cached tokens: both calls', (guard) => {
      for (const isOuterBare of [true, false]) {
        spans = new Pipeline()
        const outer = spans.start('a framework', chat(model, provider))
        const inner = spans.start(CLIENT, chat(model, provider), outer)
        end(inner, { ...shown(guard), ...(isOuterBare && noCache) })
        end(outer, { ...shown({ input: 500, output: 100 }), ...(!isOuterBare && noCache) })
        const usd = sonnetUsd(guard) + sonnetUsd({ input: 500, output: 100 })
        expectCharged(usd * factor, 2)
      }
    })

    test.each(guards)('%o where neither shows any: one of them, with a warning', (guard) => {
      const outer = spans.start('a framework', chat(model, provider))
      end(spans.start(CLIENT, chat(model, provider), outer), shown(guard))
      end(outer, shown({ input: 500, output: 100 }))
      expectCharged(sonnetUsd(guard) * factor, 1)
      expect(printed.flat()).toContainEqual(UNCERTAIN)
    })
  })
})

describe('a call that broke off and a call around it', () => {
  const answer = { input: 50_000, output: 2000 }
  const known = { 'gen_ai.usage.cache_read.input_tokens': 0 }

  function breakOff({ processed, plain }: Pair): void {
    for (const span of [processed, plain]) span.setStatus({ code: SpanStatusCode.ERROR })
  }

  function record(outer: Used, inner: Used, broken: ('outer' | 'inner')[], innerFirst = true) {
    const around = spans.start('a framework', chat())
    const inside = spans.start(CLIENT, chat(), around)
    if (broken.includes('outer')) breakOff(around)
    if (broken.includes('inner')) breakOff(inside)
    if (innerFirst) end(inside, { ...shown(inner), ...known })
    end(around, { ...shown(outer), ...known })
    if (!innerFirst) end(inside, { ...shown(inner), ...known })
  }

  test.each<[string, Used, Used, ('outer' | 'inner')[]]>([
    ['a guardrail that broke off', answer, { input: 500, output: 1 }, ['inner']],
    [
      'a guardrail that both of them broke off',
      answer,
      { input: 500, output: 1 },
      ['inner', 'outer'],
    ],
    ['a larger guardrail', { input: 500, output: 100 }, { input: 5000, output: 200 }, ['outer']],
    ['an attempt with the same prompt', answer, { input: 50_000, output: 1 }, ['inner']],
    ['a smaller guardrail of equal output', answer, { input: 500, output: 2000 }, ['inner']],
    ['a larger one of equal output', answer, { input: 60_000, output: 2000 }, ['outer']],
  ])('are two calls: %s', (_, outer, inner, broken) => {
    for (const innerFirst of [true, false]) {
      spans = new Pipeline()
      record(outer, inner, broken, innerFirst)
      expectCharged(usdOf(outer.input, outer.output) + usdOf(inner.input, inner.output), 2)
    }
  })

  test('are one call of which the outer span shows less of the answer, with a warning', () => {
    record({ input: 500, output: 100 }, { input: 500, output: 200 }, ['outer'])
    expectCharged(usdOf(500, 200), 1)
    expect(printed.flat()).toContainEqual(UNCERTAIN)
  })

  test.each<('outer' | 'inner')[][]>([[['inner']], [['outer']], [['inner', 'outer']]])(
    'are one call where both show the same usage: %o broke off',
    (broken) => {
      record(answer, answer, broken)
      expectCharged(usdOf(50_000, 2000), 1)
      expect(printed.flat()).not.toContainEqual(UNCERTAIN)
    },
  )
})

test.each(['aitxt-1', 'aiobj-1', 'run-1', 'lc_run--1'])(
  'an id that a library generated contradicts none of the provider: %s',
  (id) => {
    const used = { input: 1000, output: 100 }
    const enclosing = spans.start('a framework', chat())
    end(spans.start(CLIENT, chat(), enclosing), { ...used, id: 'resp_1' })
    end(enclosing, { ...used, id })
    expectCharged(usdOf(1000, 100), 1)
  },
)
