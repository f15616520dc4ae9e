import { createCharger, type Charge } from 'costspan'
import { definePrices } from 'costspan/prices'
import { describe, expect, test } from 'vitest'
import { readCall, requestedModel, spanRole } from '../../src/conventions/read-call.ts'
import { plainSpan, type Attributes } from '../support/plain-span.ts'

const rates = { input: 2, output: 8, cacheRead: 0.5 }
const charge = createCharger({
  prices: [
    definePrices('1', [
      {
        provider: 'openai',
        model: 'm',
        ...rates,
        search: 0.01,
        tiers: { flex: { input: 1, output: 4 } },
      },
      { provider: 'openai', model: 'audio', ...rates, audioInput: 40 },
      {
        provider: 'anthropic',
        model: 'm',
        ...rates,
        cacheWrite5m: 2.5,
        cacheWrite1h: 4,
        tiers: { fast: { input: 12, output: 48 } },
      },
    ]),
  ],
})
const chargeOf = (attributes: Attributes): Charge => charge(plainSpan(attributes)) as Charge

const kind = (name: unknown): Attributes => ({ 'openinference.span.kind': name })
const llm = (provider: string, more: Attributes = {}): Attributes => ({
  ...kind('LLM'),
  'llm.system': provider,
  'llm.model_name': 'm',
  'llm.token_count.prompt': 1000,
  'llm.token_count.completion': 100,
  ...more,
})
/** What is known of an answer of OpenAI that reports all it can. */
const reported = { 'llm.token_count.prompt_details.cache_read': 0 }
const request = (more: object): Attributes => ({
  'llm.invocation_parameters': JSON.stringify({ model: 'm', ...more }),
})
const answer = (value: object): Attributes => ({
  'output.mime_type': 'application/json',
  'output.value': JSON.stringify(value),
})

describe('which OpenInference span is a call', () => {
  test.each([
    ['LLM', 'chat', 'chat'],
    ['EMBEDDING', 'embeddings', 'embeddings'],
    ['RERANKER', 'rerank', 'rerank'],
    ['TOOL', 'tool', undefined],
    ['AGENT', 'group', undefined],
    ['CHAIN', 'group', undefined],
    ['RETRIEVER', 'group', undefined],
    ['constructor', 'group', undefined],
  ])('%s is a %s', (name, role, operation) => {
    expect(spanRole(kind(name))).toBe(role)
    expect(readCall(plainSpan(kind(name)))?.operation).toBe(operation)
  })

  test.each([[''], [7], [['LLM']]])('a kind of %j is none', (name) => {
    expect(spanRole(kind(name))).toBeUndefined()
    expect(readCall(plainSpan(kind(name)))).toBeUndefined()
  })

  test('a span that its processor decorated stays what it was', () => {
    const decorated = { ...kind('LLM'), 'llm.model_name': 'm' }
    const group = { ...decorated, 'ai.operationId': 'ai.generateText' }
    const step = { ...decorated, 'gen_ai.operation.name': 'agent_step' }
    const call = { ...decorated, 'gen_ai.operation.name': 'chat' }
    expect([spanRole(group), spanRole(step)]).toEqual(['group', 'group'])
    expect([readCall(plainSpan(group)), readCall(plainSpan(step))]).toEqual([undefined, undefined])
    expect(readCall(plainSpan(call))?.vocabulary).toBe('gen-ai')
  })

  test('it is the call of the model that was asked for, also when it has been answered', () => {
    const ended = { ...llm('openai'), ...request({}), 'llm.model_name': 'm-2026-01-01' }
    expect(requestedModel(ended)).toBe('m')
    const call = readCall(plainSpan(ended))
    expect([call?.requestModel, call?.responseModel]).toEqual(['m', 'm-2026-01-01'])
  })

  test('the host decides who bills, and only without it the API that it speaks', () => {
    expect(readCall(plainSpan(llm('openai', { 'llm.provider': 'azure' })))?.family).toBe('azure')
    expect(readCall(plainSpan(llm('openai')))?.family).toBe('openai')
  })
})

describe('what an OpenInference span of OpenAI costs', () => {
  test('is priced where caches and audio are known', () => {
    const read = { ...reported, 'llm.token_count.prompt_details.cache_read': 400 }
    expect(chargeOf(llm('openai', read))).toMatchObject({ status: 'priced', usd: 0.0022 })
  })

  test('is at most that where the cache is not reported', () => {
    expect(chargeOf(llm('openai'))).toMatchObject({
      status: 'upper_bound',
      reason: 'cache_reads_unseen',
    })
  })

  test('is at least that of a model whose audio costs more, for it may have been audio', () => {
    const { status, reason } = chargeOf({ ...llm('openai', reported), 'llm.model_name': 'audio' })
    expect([status, reason]).toEqual(['lower_bound', 'audio_unseen'])
  })

  test('is by the tier that served it, and else by the tier that was asked for', () => {
    const flex = request({ service_tier: 'flex' })
    expect(chargeOf(llm('openai', { ...reported, ...flex }))).toMatchObject({ usd: 0.0014 })
    const served = { ...reported, ...flex, ...answer({ service_tier: 'default' }) }
    expect(chargeOf(llm('openai', served))).toMatchObject({ usd: 0.0028 })
  })

  test('has no price in a tier without one', () => {
    const priority = { ...reported, ...answer({ service_tier: 'priority' }) }
    expect(chargeOf(llm('openai', priority)).status).toBe('unpriced')
  })

  test('is not what a streamed text claims', () => {
    const text = JSON.stringify({ service_tier: 'flex' })
    const streamed = { ...reported, 'output.mime_type': 'text/plain', 'output.value': text }
    expect(chargeOf(llm('openai', streamed))).toMatchObject({ status: 'priced', usd: 0.0028 })
  })

  test('is not what the text of a message claims', () => {
    const claim = request({ user: '"service_tier":"flex"', instructions: '"type":"web_search"' })
    expect(chargeOf(llm('openai', { ...reported, ...claim }))).toMatchObject({
      status: 'priced',
      usd: 0.0028,
    })
  })

  test.each([
    [{ tools: [{ type: 'web_search' }] }],
    [{ tools: [{ type: 'function', name: 'web_x' }, { type: 'code_interpreter' }] }],
    [{ web_search_options: {} }],
  ])('is at least that where OpenAI may have billed a tool: %j', (more) => {
    expect(chargeOf(llm('openai', { ...reported, ...request(more) }))).toMatchObject({
      status: 'lower_bound',
      reason: 'fees_unseen',
    })
  })
})

describe('what an OpenInference span of Anthropic costs', () => {
  const answered = { 'llm.response.model_name': 'm' }
  const read = { 'llm.token_count.prompt_details.cache_read': 400 }

  test('has what was cached in its input, and zeros left out', () => {
    expect(chargeOf(llm('anthropic', answered))).toMatchObject({ status: 'priced', usd: 0.0028 })
    expect(chargeOf(llm('anthropic', { ...answered, ...read }))).toMatchObject({
      status: 'priced',
      usd: 0.0022,
    })
  })

  test('is not read as if zeros were left out, where another library wrote the numbers', () => {
    const another = {
      ...answered,
      'gen_ai.operation.name': 'chat',
      'gen_ai.system': 'anthropic',
      'gen_ai.request.model': 'm',
    }
    const { status, reason } = chargeOf(llm('anthropic', another))
    expect(status).toBe('estimated')
    expect(reason).toContain('cache_writes_unseen')
  })

  test('is an estimate where it is unknown whether the input includes the cache', () => {
    expect(chargeOf(llm('anthropic', read)).status).toBe('estimated')
    expect(chargeOf(llm('anthropic')).status).toBe('estimated')
  })

  test('is marked where the duration of cache writes is unknown', () => {
    const written = { ...answered, 'llm.token_count.prompt_details.cache_write': 400 }
    expect(chargeOf(llm('anthropic', written))).toMatchObject({
      status: 'lower_bound',
      reason: 'cache_write_duration_unseen',
    })
  })

  test('is six times as much where the fast service was asked for', () => {
    const fast = { ...answered, ...request({ speed: 'fast' }) }
    expect(chargeOf(llm('anthropic', fast))).toMatchObject({ status: 'priced', usd: 0.0168 })
  })

  test('knows an answer that was cut for what it is', () => {
    const cut = { 'output.mime_type': 'application/json', 'output.value': '{"usage":{"input_tok' }
    const written = { ...answered, 'llm.token_count.prompt_details.cache_write': 400, ...cut }
    expect(chargeOf(llm('anthropic', written)).status).toBe('lower_bound')
  })
})
