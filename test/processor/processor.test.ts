import { definePrices } from 'costspan/prices'
import { beforeEach, describe, expect, test } from 'vitest'
import { end, genAiLeaf, genAiUsage, leaf, Recording, root, tool, usage } from '../support/sdk-2.ts'
import type { Attributes } from '@opentelemetry/api'

const embeddings = { ...genAiLeaf, 'gen_ai.operation.name': 'embeddings' }

const dollar = { input: 1, output: 1 }

let spans = new Recording()
beforeEach(() => {
  spans = new Recording()
})

describe('leaves carry costs, the spans above their sum', () => {
  test('two steps, and a nested call in a tool of the first', () => {
    const above = spans.start('root', root)
    const first = spans.start('first', leaf, above)
    const inTool = spans.start('tool', tool, first)
    const nestedRoot = spans.start('nested root', root, inTool)
    const nested = spans.start('nested', leaf, nestedRoot)
    end(nested, usage)
    end(nestedRoot, usage)
    end(inTool)
    end(first, usage)
    end(spans.start('second', leaf, above), usage)
    end(above, usage)
    expect(spans.costOf('nested')).toEqual({ usd: 1, status: 'priced' })
    expect(spans.costOf('nested root')).toEqual({ rollup: 1 })
    expect(spans.costOf('tool')).toEqual({ rollup: 1 })
    expect(spans.costOf('first')).toEqual({ usd: 1, status: 'priced' })
    expect(spans.costOf('second')).toEqual({ usd: 1, status: 'priced' })
    expect(spans.costOf('root')).toEqual({ rollup: 3 })
  })

  test('calls without a cost are counted apart', () => {
    const above = spans.start('root', root)
    end(spans.start('known', leaf, above), usage)
    end(spans.start('no usage', leaf, above))
    end(spans.start('no price', { ...leaf, 'ai.model.id': 'x' }, above), usage)
    const refused = spans.start('refused', leaf, above).setStatus({ code: 2 })
    end(refused, { 'http.response.status_code': 429 })
    end(above)
    expect(spans.costOf('no usage')).toEqual({ status: 'unknown_usage' })
    expect(spans.costOf('no price')).toEqual({ status: 'unpriced' })
    expect(spans.costOf('refused')).toEqual({ status: 'call_failed' })
    expect(spans.costOf('root')).toEqual({ rollup: 1, missing: 3 })
  })

  test('a root without calls has no sum, and one whose call still runs is marked as unfinished', () => {
    end(spans.start('empty', root))
    const above = spans.start('early', root)
    const late = spans.start('late', leaf, above)
    end(above)
    end(late, usage)
    expect(spans.costOf('empty')).toEqual({})
    expect(spans.costOf('early')).toEqual({ missing: 1, unfinished: 1 })
    expect(spans.costOf('late')).toEqual({ usd: 1, status: 'priced' })
  })

  test('a span that is no AI span gets nothing', () => {
    const http = spans.start('http', { 'http.request.method': 'POST' })
    const above = spans.start('root', root, http)
    const between = spans.start('between', {}, above)
    end(spans.start('leaf', leaf, between), usage)
    for (const span of [between, above, http]) end(span)
    expect(spans.span('http')?.attributes).toEqual({ 'http.request.method': 'POST' })
    expect(spans.span('between')?.attributes).toEqual({})
    expect(spans.costOf('root')).toEqual({ rollup: 1 })
  })
})

describe('a call inside a call is one call', () => {
  const other = 'openinference'

  test.each<[string, Attributes, Attributes, number]>([
    ['both know their usage: the inner one has the cost', genAiUsage, usage, 1],
    ['only the inner one does', genAiUsage, {}, 1],
    ['neither does: the inner one has the reason', {}, {}, 0],
  ])('%s', (_, inner, outer, sum) => {
    const above = spans.start('root', root)
    const around = spans.start('around', leaf, above)
    end(spans.start('inside', genAiLeaf, around, other), inner)
    end(around, outer)
    end(above)
    expect(spans.costOf('inside')['usd'] ?? 0).toBe(sum)
    expect(spans.costOf('around')['status']).toBeUndefined()
    expect(spans.costOf('around')['usd']).toBeUndefined()
    expect(spans.span('around')?.attributes['cost.reason']).toBe('carried_by_another_span')
    expect(spans.costOf('root')).toEqual(sum === 0 ? { missing: 1 } : { rollup: sum })
    expect(spans.charges).toHaveLength(1)
  })

  test('only the outer one knows its usage: it has the cost, and nothing is missing', () => {
    const above = spans.start('root', root)
    const around = spans.start('around', leaf, above)
    end(spans.start('inside', genAiLeaf, around, other))
    end(around, usage)
    end(above)
    expect(spans.costOf('around')).toEqual({ usd: 1, status: 'priced' })
    expect(spans.costOf('root')).toEqual({ rollup: 1 })
  })

  test('the inner one ends later: the cost stays where it is', () => {
    const above = spans.start('root', root)
    const around = spans.start('around', leaf, above)
    const inside = spans.start('inside', genAiLeaf, around, other)
    end(around, usage)
    end(inside, genAiUsage)
    end(above)
    expect([spans.costOf('around'), spans.costOf('inside')]).toEqual([
      { usd: 1, status: 'priced' },
      {},
    ])
    expect(spans.costOf('root')).toEqual({ rollup: 1 })
  })

  test('three deep, with a client span between', () => {
    const outer = spans.start('outer', leaf)
    const middle = spans.start('middle', leaf, spans.start('between', {}, outer))
    end(spans.start('inner', genAiLeaf, middle, other), genAiUsage)
    end(middle, usage)
    end(outer, usage)
    expect([
      spans.costOf('inner')['usd'],
      spans.costOf('middle')['usd'],
      spans.costOf('outer')['usd'],
    ]).toEqual([1, undefined, undefined])
    expect(spans.costOf('outer')).toEqual({ rollup: 1 })
  })

  test.each<[string, Attributes]>([
    ['since @ai-sdk/otel 1.0.75', {}],
    ['before, with usage on both', { 'gen_ai.usage.input_tokens': 2_000_000 }],
  ])('embeddings of AI SDK 7 in two chunks, %s', (_, outerUsage) => {
    const outer = spans.start('outer', embeddings, undefined, 'gen_ai')
    for (const name of ['one', 'two'])
      end(spans.start(name, embeddings, outer, 'gen_ai'), {
        'gen_ai.usage.input_tokens': 1_000_000,
      })
    end(outer, outerUsage)
    expect([spans.costOf('one')['usd'], spans.costOf('two')['usd']]).toEqual([1, 1])
    expect(spans.costOf('outer')).toEqual({ rollup: 2 })
  })

  test('the output of a chat has a cost also where it is 0, and embeddings have none', () => {
    const nothing = { 'gen_ai.usage.input_tokens': 1_000_000, 'gen_ai.usage.output_tokens': 0 }
    end(spans.start('chat', genAiLeaf, undefined, 'gen_ai'), nothing)
    end(spans.start('embeddings', embeddings, undefined, 'gen_ai'), nothing)
    expect(spans.span('chat')?.attributes['cost.output_usd']).toBe(0)
    expect(spans.span('embeddings')?.attributes).not.toHaveProperty(['cost.output_usd'])
  })

  test.each<[string, Attributes, string]>([
    ['an agent in a tool', tool, 'ai'],
    ['a generation of the same instrumentation in a middleware', root, 'ai'],
  ])('%s makes calls of its own', (_, between, scope) => {
    const around = spans.start('around', leaf)
    const middle = spans.start('middle', between, around, scope)
    end(spans.start('inside', leaf, middle), usage)
    end(middle)
    end(around, usage)
    expect([spans.costOf('around')['usd'], spans.costOf('inside')['usd']]).toEqual([1, 1])
  })

  const judge = { ...genAiLeaf, 'gen_ai.request.model': 'gpt-4o-mini' }
  const claude = {
    ...leaf,
    'ai.model.provider': 'anthropic.messages',
    'ai.model.id': 'claude-sonnet-4-5',
  }
  const everything = [
    definePrices('1', [
      ...['m', 'gpt-4o-mini', 'creator/m'].map((model) => ({
        ...dollar,
        provider: 'openai',
        model,
      })),
      { ...dollar, provider: 'anthropic', model: 'claude-sonnet-4-5' },
    ]),
  ]

  test.each<[string, Attributes, Attributes, number]>([
    ['a judge of gpt-4o-mini in a call to Claude', claude, judge, 2],
    ['an embedding in a chat', leaf, embeddings, 2],
    ['the same model', leaf, genAiLeaf, 1],
    [
      'the same model with its creator before it',
      { ...leaf, 'ai.model.id': 'creator/m' },
      genAiLeaf,
      1,
    ],
    [
      'the same model, inside with its creator',
      leaf,
      { ...genAiLeaf, 'gen_ai.request.model': 'creator/m' },
      1,
    ],
    [
      'the model of the step, not the one of the generation',
      { ...leaf, 'ai.model.id': 'gpt-4o-mini', 'gen_ai.request.model': 'm' },
      judge,
      2,
    ],
    ['a model that is not known', leaf, { ...genAiLeaf, 'gen_ai.request.model': undefined }, 1],
  ])('but only if both ask the same of the same model: %s', (_, outer, inner, sum) => {
    spans = new Recording({ options: { prices: everything } })
    const above = spans.start('root', root)
    const around = spans.start('around', outer, above)
    const response = { 'gen_ai.response.model': inner['gen_ai.request.model'] ?? 'm' }
    end(spans.start('inside', inner, around, other), { ...genAiUsage, ...response })
    end(around, usage)
    end(above)
    expect(spans.costOf('inside')).toEqual({ usd: 1, status: 'priced' })
    if (sum === 2) expect(spans.costOf('around')['usd']).toBe(1)
    else expect(spans.span('around')?.attributes['cost.reason']).toBe('carried_by_another_span')
    expect(spans.costOf('root')).toEqual({ rollup: sum })
  })

  test('an operation of another instrumentation is part of the call', () => {
    const around = spans.start('around', leaf)
    const middle = spans.start('middle', { 'gen_ai.operation.name': 'invoke_agent' }, around, other)
    end(spans.start('inside', genAiLeaf, middle, other), genAiUsage)
    end(middle)
    end(around, usage)
    expect([spans.costOf('around')['usd'], spans.costOf('inside')['usd']]).toEqual([undefined, 1])
  })
})
