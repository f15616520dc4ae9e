import {
  createCharger,
  noUsage,
  priceUsage,
  type Billed,
  type Operation,
  type Price,
  type SpanLike,
  type Usage,
} from 'costspan'
import { definePrices } from 'costspan/prices'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { recordCall, usageFrom, type RecordedUsage } from 'costspan/record'
import { onlyCharge, startRecording } from './recording.ts'

const RUNS = 1000

/** A rate for everything, none of which is a multiple of another. */
const rates = {
  input: 2.9,
  output: 13.1,
  cacheRead: 0.31,
  cacheWrite5m: 3.7,
  cacheWrite1h: 6.1,
  audioInput: 41,
  audioOutput: 83,
  imageInput: 10.3,
  imageOutput: 31,
  characters: 15.7,
  second: 0.0001,
  search: 0.01,
}
const tiers = { flex: rates, batch: rates }
const prices = [definePrices('1', [{ provider: 'house', model: 'm', ...rates, tiers }])]
const charge = createCharger({ prices })

const tokens = fc.oneof(fc.constant(0), fc.nat(9), fc.nat(1_000_000), fc.nat(2 ** 49))
const measure = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e9, noNaN: true }))
const usd = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e8, noNaN: true }))

const arbitraryBilled: fc.Arbitrary<Billed> = fc.record({
  usd,
  ownKey: fc.boolean(),
  upstreamUsd: fc.option(usd, { nil: undefined }),
})

const arbitraryUsage: fc.Arbitrary<RecordedUsage> = fc
  .record(
    {
      input: tokens,
      cacheRead: tokens,
      cacheWrite5m: tokens,
      cacheWrite1h: tokens,
      output: tokens,
      reasoning: tokens,
      audioInput: tokens,
      audioOutput: tokens,
      imageInput: tokens,
      imageOutput: tokens,
      characters: measure,
      seconds: measure,
      searches: measure,
      serviceTier: fc.constantFrom('flex', 'batch'),
      region: fc.constantFrom('us', 'eu-west-1'),
      billed: arbitraryBilled,
      unseen: fc.nat(2 ** 14 - 1),
    },
    { requiredKeys: [] },
  )
  .map((usage) => ({ ...usage, reasoning: Math.min(usage.reasoning ?? 0, usage.output ?? 0) }))

const operations = fc.constantFrom<Operation>(
  'chat',
  'embeddings',
  'rerank',
  'speech',
  'transcription',
)

/** The span as a backend keeps it. */
function recordedSpan(operation: Operation, usage: RecordedUsage): SpanLike {
  const recording = startRecording()
  recordCall({ provider: 'house', model: 'm', operation, usage })
  const [span] = recording.spans()
  expect(onlyCharge(recording).call.vocabulary).toBe('recorded')
  const attributes = JSON.parse(JSON.stringify(span?.attributes)) as SpanLike['attributes']
  return {
    name: String(span?.name),
    startTime: span?.startTime ?? [0, 0],
    endTime: span?.endTime,
    status: { code: 0 },
    attributes,
    events: [],
    spanContext: () => ({ traceId: '1'.repeat(32), spanId: '1'.repeat(16) }),
  }
}

function bucketsOf(recorded: RecordedUsage): Usage {
  const names = Object.keys(noUsage) as (keyof Usage)[]
  return Object.fromEntries(names.map((name) => [name, (recorded[name] ?? 0) + 0])) as never
}

/** A bill of 0 is none, and an upstream bill belongs to a key of your own. */
function billOf({ billed }: RecordedUsage): Billed | undefined {
  if (billed === undefined || (billed.usd === 0 && !billed.ownKey)) return undefined
  const upstreamUsd = billed.ownKey && billed.upstreamUsd !== 0 ? billed.upstreamUsd : undefined
  return { ...billed, upstreamUsd }
}

test('whatever usage is recorded is read from the exported span, bucket by bucket', () => {
  fc.assert(
    fc.property(operations, arbitraryUsage, (operation, recorded) => {
      const found = charge(recordedSpan(operation, recorded))
      const usage = bucketsOf(recorded)
      const isKnown = Object.values(usage).some((quantity) => quantity > 0)
      expect(found?.call).toMatchObject({ operation, family: 'house', requestModel: 'm' })
      expect(found?.usage).toEqual(isKnown ? usage : undefined)
      expect(found?.billed).toEqual(billOf(recorded))
      if (!isKnown) return
      expect(found?.terms).toEqual({
        serviceTier: recorded.serviceTier,
        region: recorded.region,
      })
      const { unseen = 0 } = recorded
      // A chat without prompt or answer is not wholly known, whatever else was recorded.
      const added = operation === 'chat' ? (1 << 9) | (1 << 10) : 0
      expect((found?.unseen ?? -1) & ~added).toBe(unseen & ~added)
      expect((found?.unseen ?? -1) & unseen).toBe(unseen)
      // A region has a price only where a price source states one.
      if (recorded.region !== undefined) return
      expect(found?.listed).toEqual(priceUsage(usage, rates as Price))
    }),
    { numRuns: RUNS },
  )
})

const odd = fc.oneof(
  fc.nat(5000),
  fc.constantFrom(undefined, null, NaN, Infinity, -1, '7', 0.5, 2 ** 53, [], {}),
)
const details = fc.record(
  {
    cached_tokens: odd,
    cache_write_tokens: odd,
    audio_tokens: odd,
    image_tokens: odd,
    reasoning_tokens: odd,
    thinking_tokens: odd,
    upstream_inference_cost: odd,
    ephemeral_1h_input_tokens: odd,
  },
  { requiredKeys: [] },
)
const names = [
  'prompt_tokens',
  'completion_tokens',
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'promptTokenCount',
  'candidatesTokenCount',
  'thoughtsTokenCount',
  'totalTokenCount',
  'inputTokens',
  'outputTokens',
  'cacheWriteInputTokens',
  'cost',
  'iterations',
]
const detailNames = [
  'prompt_tokens_details',
  'completion_tokens_details',
  'input_tokens_details',
  'output_tokens_details',
  'cache_creation',
  'cost_details',
]
const arbitraryAnswer = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...names), odd),
    fc.dictionary(fc.constantFrom(...detailNames), details),
    fc.constantFrom('usage', 'usageMetadata', undefined),
    fc.record(
      { type: fc.constantFrom('message', 'message_delta', 'response.completed'), choices: odd },
      { requiredKeys: [] },
    ),
  )
  .map(([counts, parts, place, more]) => {
    const usage = { ...counts, ...parts }
    return place === undefined ? usage : { ...more, [place]: usage }
  })

test('an answer is refused by a TypeError, or has a usage that can be recorded', () => {
  let read = 0
  fc.assert(
    fc.property(arbitraryAnswer, (answer) => {
      let found: RecordedUsage
      try {
        found = usageFrom(answer)
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError)
        return
      }
      read++
      const usage = bucketsOf(found)
      for (const quantity of Object.values(usage)) expect(quantity).toBeGreaterThanOrEqual(0)
      expect(usage.reasoning).toBeLessThanOrEqual(usage.output)
      const isWhole = Object.values(usage).every((quantity) => Number.isInteger(quantity))
      if (isWhole) recordedSpan('chat', found)
    }),
    { numRuns: RUNS },
  )
  expect(read).toBeGreaterThan(RUNS / 10)
})

test('a recorded span is charged alike as it ends and when it is read again', () => {
  fc.assert(
    fc.property(arbitraryUsage, (recorded) => {
      const recording = startRecording()
      recordCall({ provider: 'openai', model: 'gpt-4o', usage: recorded })
      const [span] = recording.spans()
      const again = createCharger()(span as SpanLike)
      expect(again).toEqual(onlyCharge(recording))
    }),
    { numRuns: RUNS },
  )
})

test('a total less than its parts, as after an attribute was dropped, is no usage', () => {
  const span = recordedSpan('chat', { input: 10, cacheRead: 20, output: 5, audioOutput: 3 })
  for (const name of ['gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens']) {
    const { [name]: _, ...attributes } = span.attributes
    expect(charge({ ...span, attributes })).toMatchObject({ status: 'unknown_usage' })
  }
})

test('a complete usage of a chat is priced, whatever is in it', () => {
  const complete = arbitraryUsage
    .filter(({ input = 0 }) => input > 0)
    .map((usage) => ({ output: 1, ...usage, unseen: undefined, region: undefined }))
  fc.assert(
    fc.property(complete, (recorded) => {
      const found = charge(recordedSpan('chat', recorded))
      expect(found).toMatchObject({ status: 'priced', reason: undefined })
    }),
    { numRuns: RUNS },
  )
})
