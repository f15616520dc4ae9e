import type { Charge } from 'costspan'
import { costFetch } from 'costspan/clients'
import { expect, test } from 'vitest'
import { estimatePrompt } from '../../src/clients/estimate-tokens.ts'

type Options = Parameters<typeof costFetch>[0]

const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`
const delta = (content: string, fields: object = {}): string =>
  event({ model: 'gpt-4o', ...fields, choices: [{ index: 0, delta: { content } }] })

/** A stream that stays open after these events. */
function openStream(...events: string[]): Response {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const text of events) controller.enqueue(new TextEncoder().encode(text))
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

/** Sends a request, reads `reads` chunks of its answer, and stops it. */
async function stopped(
  answer: () => Response | Promise<Response>,
  fields: object = {},
  { reads = 1, ...options }: Options & { reads?: number } = {},
): Promise<Charge> {
  const charges: Charge[] = []
  const controller = new AbortController()
  const send = costFetch({
    onCharge: (charge) => charges.push(charge),
    fetch: () => Promise.resolve(answer()),
    ...options,
  })
  const sent = send('https://api.openai.com/v1/chat/completions', {
    method: 'POST',
    signal: controller.signal,
    body: JSON.stringify({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'Hello' }],
      ...fields,
    }),
  })
  const response = await sent.catch(() => undefined)
  const reader = response?.body?.getReader()
  // oxlint-disable-next-line no-await-in-loop -- one chunk after the other
  for (let read = 0; read < reads; read++) await reader?.read()
  controller.abort()
  await reader?.cancel().catch(() => {})
  await new Promise((resolve) => setTimeout(resolve, 0))
  expect(charges).toHaveLength(1)
  return charges[0]!
}

const OUTPUT_RATE = 10 / 1_000_000

test.each([
  ['of the model', {}, 16_384],
  ['of the request', { max_tokens: 50 }, 50],
  ['of the request, for each answer', { max_tokens: 50, n: 3 }, 150],
  ['of the model, for each answer', { n: 2 }, 32_768],
])('highUsd has the longest answer %s: more may come than had arrived', async (_, fields, most) => {
  const { status, highUsd } = await stopped(() => openStream(delta('Hi')), fields)
  expect(status).toBe('estimated')
  expect(highUsd).toBeGreaterThanOrEqual(most * OUTPUT_RATE)
  expect(highUsd).toBeLessThan((most + 500) * OUTPUT_RATE)
})

test('an answer that was not read may have been the longest', async () => {
  const { lowUsd, highUsd } = await stopped(() => Response.json({ choices: [] }), {}, { reads: 0 })
  expect(lowUsd).toBeGreaterThan(0)
  expect(highUsd).toBeGreaterThan(16_384 * OUTPUT_RATE)
})

test('a call without an answer may have cost nothing, or the longest answer', async () => {
  const { lowUsd, highUsd } = await stopped(() => Promise.reject(new TypeError('fetch failed')))
  expect(lowUsd).toBe(0)
  expect(highUsd).toBeGreaterThan(16_384 * OUTPUT_RATE)
})

test.each([
  ['that the chunks state', { service_tier: 'priority' }, {}, 'priority'],
  ['that the request states', {}, { service_tier: 'priority' }, 'priority'],
  [
    'that the chunks state, before that of the request',
    { service_tier: 'default' },
    { service_tier: 'priority' },
    undefined,
  ],
  ['that only the answer can state', {}, { service_tier: 'auto' }, undefined],
])('a stopped stream has the tier %s', async (_, chunk, request, tier) => {
  const { terms, lowUsd } = await stopped(() => openStream(delta('Hi', chunk)), request)
  expect(terms?.serviceTier).toBe(tier)
  // The provider may serve a request of the priority tier as standard.
  if ('service_tier' in chunk) expect(lowUsd).toBeGreaterThan(0)
  else if (tier === 'priority') expect(lowUsd).toBe(0)
})

test('a stream that is stopped after its usage arrived is exact', async () => {
  const details = { cached_tokens: 0 }
  const usage = { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: details }
  const finish = { index: 0, delta: {}, finish_reason: 'stop' }
  const { status, reason } = await stopped(
    () =>
      openStream(
        delta('Hi') +
          event({ model: 'gpt-4o', choices: [finish] }) +
          event({ model: 'gpt-4o', choices: [], usage }),
      ),
    { stream: true, stream_options: { include_usage: true } },
  )
  expect([status, reason]).toEqual(['priced', undefined])
})

test.each([
  ['a search', { web_search_options: {} }],
  ['a tool of the provider', { tools: [{ type: 'web_search' }] }],
])('nothing limits the cost of a stopped answer that may have run %s', async (_, fields) => {
  const usage = {
    prompt_tokens: 10,
    completion_tokens: 1,
    prompt_tokens_details: { cached_tokens: 0 },
  }
  const request = { max_tokens: 50, ...fields }
  const { highUsd } = await stopped(() => openStream(delta('Hi', { usage })), request)
  expect(highUsd).toBeUndefined()
})

test('a custom tool is run by the caller', async () => {
  const tools = [{ type: 'function', function: { name: 'find' } }]
  const { highUsd } = await stopped(() => openStream(delta('Hi')), { tools })
  expect(highUsd).toBeDefined()
})

test('more cached tokens than the prompt has are a contradiction', async () => {
  const usage = {
    prompt_tokens: 10,
    completion_tokens: 1,
    total_tokens: 11,
    prompt_tokens_details: { cached_tokens: 1000 },
  }
  const answer = { model: 'gpt-4o', choices: [{ message: { content: 'Hi' } }], usage }
  const { status } = await stopped(() => Response.json(answer), {}, { reads: 2 })
  expect(status).not.toBe('priced')
})

test.each([
  [
    'throws',
    () => {
      throw new Error('tokenizer')
    },
  ],
  ['returns a fraction', () => 1.5],
  ['returns no number', () => Number.NaN],
  ['returns a negative number', () => -1],
])('a countTokens that %s is replaced by the estimate', async (_, countTokens) => {
  const { status, usage } = await stopped(() => openStream(delta('Blue sky')), {}, { countTokens })
  expect(status).toBe('estimated')
  expect(usage?.output).toBe(2)
})

test('a call whose fetch returns a plain object is charged', async () => {
  const charges: Charge[] = []
  const plain = { ok: true, status: 200, json: () => Promise.resolve({}) }
  const send = costFetch({
    onCharge: (charge) => charges.push(charge),
    fetch: () => Promise.resolve(plain as never),
  })
  const body = JSON.stringify({ model: 'gpt-4o', messages: [] })
  const answer = await send('https://api.openai.com/v1/chat/completions', { method: 'POST', body })
  expect(answer).toBe(plain)
  expect(charges.map(({ status }) => status)).toEqual(['estimated'])
})

test('a long prompt is counted in part, with bounds that hold', () => {
  const content = 'the quick brown fox jumps. '.repeat(80_000)
  const { tokens, atLeast, atMost } = estimatePrompt(
    { messages: [{ role: 'user', content }] },
    'o200k',
  )
  // 6 tokens each: 5 words and the full stop, and one for the space of some.
  expect(tokens).toBeGreaterThan(400_000)
  expect(tokens).toBeLessThan(640_000)
  expect(atLeast).toBeLessThan(100_000)
  expect(atMost).toBeGreaterThan(content.length)
})
