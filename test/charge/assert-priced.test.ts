import { createCharger, type Charge, type CostStatus } from 'costspan'
import { assertPriced, definePrices } from 'costspan/prices'
import { describe, expect, test } from 'vitest'
import { costStatuses } from '../../src/charge/status.ts'
import { aiSdkCall, plainSpan, type Attributes } from '../support/plain-span.ts'

const prices = [definePrices('1', [{ provider: 'openai', model: 'm', input: 1, output: 1 }])]
const charger = createCharger({ prices })
const attribution = { userId: 'ada', tenantId: 'acme', plan: 'pro', tags: { feature: 'search' } }
const tokens: Attributes = { 'ai.usage.inputTokens': 1, 'ai.usage.outputTokens': 1 }

function chargeOf(model: string, used = tokens): Charge {
  return charger(plainSpan(aiSdkCall('openai.chat', model, used)), attribution) as Charge
}

const priced = chargeOf('m')
const withStatus = (status: CostStatus): Charge => ({ ...priced, status, reason: 'why' })

function messageOf(run: () => void): string {
  try {
    run()
  } catch (error) {
    return (error as Error).message
  }
  return 'nothing was thrown'
}

describe('calls that are priced', () => {
  test('pass, however many, in whatever can be iterated', () => {
    expect(() => assertPriced([])).not.toThrow()
    expect(() => assertPriced([priced, priced])).not.toThrow()
    expect(() => assertPriced(new Set([priced]).values())).not.toThrow()
  })
})

describe('calls that are not', () => {
  test.each(costStatuses.filter((status) => status !== 'priced'))('fail: %s', (status) => {
    expect(() => assertPriced([priced, withStatus(status)])).toThrow(
      `1 of 2 calls are not priced:\n  1 × ${status} (why): "openai.chat" "m"`,
    )
  })

  test('are listed by status, reason, provider and model, with their number', () => {
    const charges = [chargeOf('x'), priced, chargeOf('y'), chargeOf('x'), chargeOf('m', {})]
    expect(messageOf(() => assertPriced(charges))).toBe(
      [
        '4 of 5 calls are not priced:',
        '  2 × unpriced (model_without_price): "openai.chat" "x"',
        '  1 × unpriced (model_without_price): "openai.chat" "y"',
        '  1 × unknown_usage (usage_not_reported): "openai.chat" "m"',
      ].join('\n'),
    )
  })

  test('show no user, tenant, plan or tag', () => {
    const message = messageOf(() => assertPriced([chargeOf('x')]))
    expect(message).not.toMatch(/ada|acme|"pro"|search/)
  })

  test('are shown by no id that spoils a log', () => {
    const odd = chargeOf(`a\n\u202E${'b'.repeat(300)}`)
    expect(messageOf(() => assertPriced([odd]))).toContain(`"a${'b'.repeat(253)}"`)
  })

  test('may have no model', () => {
    const { call } = priced
    const nameless = { ...withStatus('unpriced'), call: { ...call, requestModel: undefined } }
    expect(messageOf(() => assertPriced([nameless]))).toContain('"openai.chat" no model')
  })

  test('are listed up to fifty kinds', () => {
    const charges = Array.from({ length: 70 }, (_, index) => chargeOf(`x-${index}`))
    const lines = messageOf(() => assertPriced(charges)).split('\n')
    expect(lines).toHaveLength(52)
    expect(lines[0]).toBe('70 of 70 calls are not priced:')
    expect(lines.at(-1)).toBe('  … and 20 kinds more')
  })
})

describe('what is allowed', () => {
  test('passes, and nothing else', () => {
    const charges = [priced, withStatus('call_failed'), withStatus('unpriced')]
    expect(() => assertPriced(charges, { allow: ['call_failed', 'unpriced'] })).not.toThrow()
    expect(messageOf(() => assertPriced(charges, { allow: ['call_failed'] }))).toMatch(
      /^1 of 3 calls are not priced:\n {2}1 × unpriced/,
    )
  })

  test.each<[string, unknown, unknown]>([
    ['charges', undefined, {}],
    ['charges', priced, {}],
    ['options', [], null],
    ['options.allowed', [], { allowed: [] }],
    ['allow', [], { allow: 'unpriced' }],
    ['allow[1]', [], { allow: ['unpriced', 'unprized'] }],
  ])('is refused by name if it is malformed: %s', (name, charges, options) => {
    const run = (): void => assertPriced(charges as Charge[], options as object)
    expect(run).toThrow(TypeError)
    expect(run).toThrow(`\`${name}\``)
  })
})
