import { describe, expect, test } from 'vitest'
import { recordCall, usageFrom, type RecordedUsage } from 'costspan/record'
import { onlyCharge, startRecording } from './recording.ts'

const unseen = {
  cacheReadsInInput: 1 << 0,
  cacheReadsMissing: 1 << 1,
  cacheWritesInInput: 1 << 2,
  cacheWritesMissing: 1 << 3,
  cacheWriteDuration: 1 << 4,
  images: 1 << 7,
  fees: 1 << 8,
  input: 1 << 9,
  output: 1 << 10,
  ambiguous: 1 << 11,
  brokenOff: 1 << 13,
}

type Row = [name: string, response: object, usage: RecordedUsage]

function reads(rows: Row[]): void {
  test.each(rows)('%s', (_, response, usage) => {
    expect(usageFrom(response)).toEqual(usage)
    // What is read can be recorded.
    startRecording()
    recordCall({ provider: 'house', model: 'm', usage: usageFrom(response) })
  })
}

const completion = (more: object = {}, answer: object = {}): object => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' } }],
  usage: {
    prompt_tokens: 1000,
    completion_tokens: 200,
    total_tokens: 1200,
    prompt_tokens_details: { cached_tokens: 600, cache_write_tokens: 100, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 50, audio_tokens: 0 },
    ...more,
  },
  ...answer,
})
const asked = { input: 300, cacheRead: 600, cacheWrite5m: 100 }

describe('of OpenAI chat completions', () => {
  reads([
    ['all numbers', completion(), { ...asked, output: 200, reasoning: 50 }],
    [
      'in a tier',
      completion({}, { service_tier: 'flex' }),
      { ...asked, output: 200, reasoning: 50, serviceTier: 'flex' },
    ],
    [
      'in the ordinary tier',
      completion({}, { service_tier: 'default' }),
      { ...asked, output: 200, reasoning: 50 },
    ],
    [
      'audio, in and out',
      completion({
        prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0, audio_tokens: 700 },
        completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 150 },
      }),
      { input: 300, output: 50, audioInput: 700, audioOutput: 150 },
    ],
    [
      'audio of which an unknown part was cached',
      completion({
        prompt_tokens_details: { cached_tokens: 600, cache_write_tokens: 0, audio_tokens: 700 },
      }),
      {
        input: 0,
        cacheRead: 600,
        audioInput: 400,
        output: 200,
        reasoning: 50,
        unseen: unseen.ambiguous,
      },
    ],
    [
      'a server that reports totals only',
      completion({ prompt_tokens_details: null, completion_tokens_details: undefined }),
      { input: 1000, output: 200, unseen: unseen.cacheReadsInInput | unseen.cacheWritesInInput },
    ],
    [
      'no answer',
      completion({ completion_tokens: undefined, completion_tokens_details: undefined }),
      { ...asked, output: 0, unseen: unseen.output },
    ],
    [
      'cited pages, whose search is billed',
      completion({}, { choices: [{ message: { annotations: [{ type: 'url_citation' }] } }] }),
      { ...asked, output: 200, reasoning: 50, unseen: unseen.fees },
    ],
    [
      'DeepSeek',
      { usage: { prompt_tokens: 9, completion_tokens: 3, prompt_cache_hit_tokens: 4 } },
      { input: 5, cacheRead: 4, output: 3, unseen: unseen.cacheWritesInInput },
    ],
    [
      'Moonshot',
      { usage: { prompt_tokens: 9, completion_tokens: 3, cached_tokens: 4 } },
      { input: 5, cacheRead: 4, output: 3, unseen: unseen.cacheWritesInInput },
    ],
    // docs.x.ai, as of November 2026: reasoning is beside the completion, ticks are 1e-10 dollars.
    [
      'xAI, with what it billed',
      {
        usage: {
          prompt_tokens: 32,
          completion_tokens: 9,
          total_tokens: 135,
          prompt_tokens_details: { text_tokens: 32, audio_tokens: 0, cached_tokens: 6 },
          completion_tokens_details: { reasoning_tokens: 94, audio_tokens: 0 },
          num_sources_used: 2,
          cost_in_usd_ticks: 37_756_000,
        },
      },
      {
        input: 26,
        cacheRead: 6,
        output: 103,
        reasoning: 94,
        unseen: unseen.cacheWritesInInput | unseen.fees,
        billed: { usd: 0.003_775_6, ownKey: false, upstreamUsd: undefined },
      },
    ],
    // docs.perplexity.ai, chat completions.
    [
      'Perplexity, with what it billed',
      {
        usage: {
          prompt_tokens: 8,
          completion_tokens: 439,
          total_tokens: 447,
          search_context_size: 'low',
          cost: { input_tokens_cost: 2.4e-5, request_cost: 0.006, total_cost: 0.013 },
        },
      },
      {
        input: 8,
        output: 439,
        unseen: unseen.cacheReadsInInput | unseen.cacheWritesInInput,
        billed: { usd: 0.013, ownKey: false, upstreamUsd: undefined },
      },
    ],
  ])
})

describe('of OpenRouter', () => {
  // openrouter.ai/docs/use-cases/usage-accounting, "Response Format", word for word.
  const documented = {
    object: 'chat.completion.chunk',
    usage: {
      completion_tokens: 2,
      completion_tokens_details: { reasoning_tokens: 0 },
      cost: 0.95,
      cost_details: { upstream_inference_cost: 19 },
      prompt_tokens: 194,
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 100, audio_tokens: 0 },
      total_tokens: 196,
    },
  }
  const expected = { input: 94, cacheWrite5m: 100, output: 2 }

  reads([
    [
      'the documented answer, to a key of your own: 5 % is the fee',
      documented,
      { ...expected, billed: { usd: 0.95, ownKey: true, upstreamUsd: 19 } },
    ],
    [
      'an answer to its own key',
      {
        usage: {
          ...documented.usage,
          is_byok: false,
          cost_details: { upstream_inference_cost: null },
        },
      },
      { ...expected, billed: { usd: 0.95, ownKey: false, upstreamUsd: undefined } },
    ],
    [
      'an answer that reports whose key it was',
      {
        usage: {
          ...documented.usage,
          cost: 0,
          is_byok: true,
          cost_details: { upstream_inference_cost: 0.5 },
        },
      },
      { ...expected, billed: { usd: 0, ownKey: true, upstreamUsd: 0.5 } },
    ],
    [
      'a search that it ran',
      { usage: { ...documented.usage, server_tool_use: { web_search_requests: 1 } } },
      {
        ...expected,
        billed: { usd: 0.95, ownKey: true, upstreamUsd: 19 },
        unseen: unseen.fees,
      },
    ],
    [
      'a cost by another party, in an unknown currency',
      { usage: { ...documented.usage, cost_details: undefined } },
      expected,
    ],
  ])

  test('what it billed is what is charged', () => {
    const recording = startRecording()
    recordCall({ provider: 'openrouter', model: 'a/b', usage: usageFrom(documented) })
    expect(onlyCharge(recording)).toMatchObject({ usd: 19.95, status: 'priced' })
  })
})

describe('of other answers of OpenAI', () => {
  const responses = {
    object: 'response',
    output: [{ type: 'reasoning' }, { type: 'message' }, { type: 'function_call' }],
    service_tier: 'priority',
    usage: {
      input_tokens: 1000,
      input_tokens_details: { cached_tokens: 600, cache_write_tokens: 100 },
      output_tokens: 200,
      output_tokens_details: { reasoning_tokens: 50 },
      total_tokens: 1200,
    },
  }
  const expected = { ...asked, output: 200, reasoning: 50, serviceTier: 'priority' }

  reads([
    ['responses', responses, expected],
    ['their last event', { type: 'response.completed', response: responses }, expected],
    ['one that was cut short', { type: 'response.incomplete', response: responses }, expected],
    [
      'responses that ran a paid tool',
      { ...responses, output: [{ type: 'web_search_call' }, { type: 'message' }] },
      { ...expected, unseen: unseen.fees },
    ],
    [
      'embeddings',
      { object: 'list', data: [{ embedding: [1] }], usage: { prompt_tokens: 8, total_tokens: 8 } },
      { input: 8 },
    ],
    [
      'a transcription by time',
      { text: 'Hi', usage: { type: 'duration', seconds: 12 } },
      { seconds: 12 },
    ],
    [
      'a transcription by tokens',
      {
        text: 'Hi',
        usage: {
          type: 'tokens',
          input_tokens: 14,
          input_token_details: { text_tokens: 4, audio_tokens: 10 },
          output_tokens: 45,
          total_tokens: 59,
        },
      },
      { input: 4, audioInput: 10, output: 45 },
    ],
    [
      'images, whose output is images',
      {
        data: [{ b64_json: 'aGk=' }],
        usage: {
          input_tokens: 50,
          input_tokens_details: { text_tokens: 10, image_tokens: 40, cached_tokens: 0 },
          output_tokens: 60,
          output_tokens_details: { text_tokens: 10, image_tokens: 50 },
          total_tokens: 110,
        },
      },
      { input: 10, imageInput: 40, output: 10, imageOutput: 50, unseen: unseen.cacheWritesInInput },
    ],
    [
      'images, whose output is not split',
      {
        data: [{ b64_json: 'aGk=' }],
        usage: { input_tokens: 50, output_tokens: 60, total_tokens: 110 },
      },
      {
        input: 50,
        output: 60,
        unseen: unseen.cacheReadsInInput | unseen.cacheWritesInInput | unseen.images,
      },
    ],
  ])
})

describe('of Anthropic', () => {
  const usage = {
    input_tokens: 300,
    cache_creation_input_tokens: 100,
    cache_read_input_tokens: 600,
    cache_creation: { ephemeral_5m_input_tokens: 40, ephemeral_1h_input_tokens: 60 },
    output_tokens: 200,
    output_tokens_details: { thinking_tokens: 50 },
    server_tool_use: { web_search_requests: 2, web_fetch_requests: 1 },
    service_tier: 'batch',
    inference_geo: 'US',
  }
  const expected = {
    input: 300,
    cacheRead: 600,
    cacheWrite5m: 40,
    cacheWrite1h: 60,
    output: 200,
    reasoning: 50,
    searches: 2,
    serviceTier: 'batch',
    region: 'us',
  }
  const bare = { input_tokens: 300, output_tokens: 200 }
  const none = {
    ...bare,
    cache_creation_input_tokens: null,
    cache_read_input_tokens: null,
    cache_creation: null,
    inference_geo: 'not_available',
    server_tool_use: null,
    service_tier: 'standard',
  }

  reads([
    ['a message', { type: 'message', content: [], usage }, expected],
    ['its usage alone', usage, expected],
    ['what is null, which is nothing', none, { input: 300, output: 200 }],
    ['the fast mode', { ...usage, speed: 'fast' }, { ...expected, serviceTier: 'fast' }],
    [
      'writes of an unknown duration',
      { ...usage, cache_creation: null },
      {
        ...expected,
        cacheWrite5m: 100,
        cacheWrite1h: undefined,
        unseen: unseen.cacheWriteDuration,
      },
    ],
    [
      'several models in one request',
      { ...usage, iterations: [{}, {}] },
      { ...expected, unseen: unseen.ambiguous },
    ],
    [
      'the last event of a stream',
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn' },
        usage: { ...none, cache_read_input_tokens: 7 },
      },
      { input: 300, cacheRead: 7, output: 200 },
    ],
    [
      'a last event that counts the output only',
      { type: 'message_delta', usage: { output_tokens: 15 } },
      {
        input: 0,
        output: 15,
        unseen: unseen.input | unseen.cacheReadsMissing | unseen.cacheWritesMissing,
      },
    ],
    [
      'a message without a word about caches',
      { type: 'message', usage: bare },
      { input: 300, output: 200, unseen: unseen.cacheReadsMissing | unseen.cacheWritesMissing },
    ],
    [
      'the first event of a stream',
      { type: 'message_start', message: { type: 'message', usage: none } },
      { input: 300, output: 200, unseen: unseen.brokenOff },
    ],
  ])
})

describe('of Google', () => {
  const usageMetadata = {
    promptTokenCount: 1000,
    cachedContentTokenCount: 600,
    candidatesTokenCount: 150,
    thoughtsTokenCount: 50,
    toolUsePromptTokenCount: 20,
    totalTokenCount: 1220,
  }
  const expected = { input: 420, cacheRead: 600, output: 200, reasoning: 50 }

  reads([
    ['generateContent', { candidates: [{}], usageMetadata }, expected],
    ['its usage alone', usageMetadata, expected],
    ['what its older client wraps it in', { response: { usageMetadata } }, expected],
    [
      'speech and pictures',
      {
        usageMetadata: {
          promptTokenCount: 100,
          candidatesTokenCount: 90,
          promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 30 }],
          candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 80 }],
        },
      },
      { input: 70, audioInput: 30, output: 10, imageOutput: 80 },
    ],
    [
      'grounding, which is billed by the query',
      { candidates: [{ groundingMetadata: { webSearchQueries: ['weather'] } }], usageMetadata },
      { ...expected, unseen: unseen.fees },
    ],
    [
      'a total of which a part is not reported',
      { usageMetadata: { ...usageMetadata, candidatesTokenCount: undefined } },
      { ...expected, output: 50, unseen: unseen.output },
    ],
    [
      'a tier',
      { usageMetadata: { ...usageMetadata, serviceTier: 'FLEX' } },
      { ...expected, serviceTier: 'flex' },
    ],
  ])
})

describe('of Bedrock', () => {
  const usage = {
    inputTokens: 300,
    outputTokens: 200,
    totalTokens: 1200,
    cacheReadInputTokens: 600,
    cacheWriteInputTokens: 100,
    cacheDetails: [
      { ttl: '5m', inputTokens: 40 },
      { ttl: '1h', inputTokens: 60 },
    ],
  }
  const expected = { input: 300, cacheRead: 600, cacheWrite5m: 40, cacheWrite1h: 60, output: 200 }

  reads([
    ['Converse', { output: {}, usage, metrics: { latencyMs: 20 } }, expected],
    ['its usage alone', usage, expected],
    [
      'a tier',
      { usage, serviceTier: { type: 'priority' } },
      { ...expected, serviceTier: 'priority' },
    ],
    [
      'writes of an unknown duration',
      { ...usage, cacheDetails: undefined },
      {
        ...expected,
        cacheWrite5m: 100,
        cacheWrite1h: undefined,
        unseen: unseen.cacheWriteDuration,
      },
    ],
    [
      'an answer that reports nothing of caches',
      { usage: { inputTokens: 3, outputTokens: 2 }, metrics: { latencyMs: 20 } },
      { input: 3, output: 2, unseen: unseen.cacheReadsMissing | unseen.cacheWritesMissing },
    ],
  ])
})

describe('of Cohere', () => {
  reads([
    ['a rerank', { results: [], meta: { billed_units: { search_units: 2 } } }, { searches: 2 }],
    ['an embedding', { meta: { billed_units: { input_tokens: 9 } } }, { input: 9 }],
    [
      'a chat',
      {
        usage: {
          billed_units: { input_tokens: 9, output_tokens: 3 },
          tokens: { input_tokens: 80 },
        },
      },
      { input: 9, output: 3 },
    ],
  ])
})

describe('an answer of an ambiguous shape', () => {
  test.each<[string, unknown]>([
    ['totals that OpenAI and Anthropic share', { input_tokens: 10, output_tokens: 2 }],
    [
      'a total of OpenAI and caches of Anthropic',
      { input_tokens: 10, output_tokens: 2, total_tokens: 12, cache_read_input_tokens: 4 },
    ],
    [
      'two prompts',
      { prompt_tokens: 10, completion_tokens: 2, input_tokens: 6, cache_read_input_tokens: 4 },
    ],
    [
      'totals that Bedrock and the AI SDK share',
      { inputTokens: 10, outputTokens: 2, totalTokens: 12 },
    ],
    [
      'a usage of the AI SDK',
      { usage: { inputTokens: 10, outputTokens: 2, cachedInputTokens: 4, cacheDetails: [] } },
    ],
    ['a chunk before the last', { object: 'chat.completion.chunk', choices: [], usage: null }],
    ['an event before the last', { type: 'response.created', response: { usage: null } }],
    ['another event', { type: 'content_block_stop', index: 0 }],
    ['numbers as text', { usage: { prompt_tokens: '10', completion_tokens: '2' } }],
    ['negative numbers', { usage: { prompt_tokens: -1, completion_tokens: 2 } }],
    ['an inherited usage', Object.create({ usage: { prompt_tokens: 1, completion_tokens: 1 } })],
    ['nothing', {}],
  ])('%s is refused', (_, response) => {
    expect(() => usageFrom(response)).toThrow(TypeError)
    expect(() => usageFrom(response)).toThrow('prompt_tokens')
  })

  test.each([undefined, null, 7, 'text', [{}]])('%s is no answer', (response) => {
    expect(() => usageFrom(response)).toThrow('Expected `response` to be an object')
  })
})
