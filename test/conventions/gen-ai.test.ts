import { createCharger, type Charge } from 'costspan'
import { definePrices } from 'costspan/prices'
import { describe, expect, test } from 'vitest'
import { wasRefused } from '../../src/conventions/outcome.ts'
import { genAiCall, plainSpan, type Attributes } from '../support/plain-span.ts'

const rates = { input: 2, output: 8, cacheRead: 0.5 }
const tiers = { flex: { input: 1, output: 4, cacheRead: 0.25 } }
const charge = createCharger({
  prices: [
    definePrices('1', [
      { provider: 'openai', model: 'm', ...rates, tiers },
      { provider: 'anthropic', model: 'm', ...rates, cacheWrite5m: 2.5 },
    ]),
  ],
})
const counted = { 'gen_ai.usage.input_tokens': 1000, 'gen_ai.usage.output_tokens': 100 }
const chargeOf = (provider: string, more: Attributes): Charge =>
  charge(
    plainSpan(genAiCall(provider, 'm', { ...counted, ...more }), {
      instrumentationScope: { name: 'some-library' },
    }),
  ) as Charge

describe('what other instrumentations write', () => {
  test('a service tier is read', () => {
    const at = (tier: string): Charge =>
      chargeOf('openai', {
        'gen_ai.usage.cache_read.input_tokens': 0,
        'openai.response.service_tier': tier,
      })
    expect(at('flex').usd).toBe(0.0014)
    expect(at('default').usd).toBe(0.0028)
    expect(at('priority').status).toBe('unpriced')
  })

  test('more in the caches than there is input was never part of it', () => {
    const cached = {
      'gen_ai.usage.cache_read.input_tokens': 800,
      'gen_ai.usage.cache_creation.input_tokens': 300,
    }
    expect(chargeOf('anthropic', cached)).toMatchObject({
      status: 'priced',
      usage: { input: 1000, cacheRead: 800, cacheWrite5m: 300 },
    })
  })

  test('less in the caches than there is input can be read in two ways', () => {
    const cached = { 'gen_ai.usage.cache_read.input_tokens': 800 }
    expect(chargeOf('anthropic', cached).status).toBe('estimated')
  })
})

describe('an error of a raw client', () => {
  const ended = (message: string): boolean =>
    wasRefused(plainSpan({}, { status: { code: 2, message } }), { vocabulary: 'openinference' })

  test.each([
    ['429 Rate limit reached', true],
    ['400 {"type":"error"}', true],
    ['503 status code (no body)', true],
    ['Connection error.', false],
    ['Request was aborted.', false],
    ['{"type":"error","error":{"type":"overloaded_error"}}', false],
    ['4290 tokens are too many', false],
    ['200 OK', false],
  ])('%s: refused %s', (message, refused) => {
    expect(ended(message)).toBe(refused)
  })

  test('is none where the span is not one', () => {
    const span = plainSpan({}, { status: { code: 1, message: '429 Too many' } })
    expect(wasRefused(span, { vocabulary: 'openinference' })).toBe(false)
  })
})
