import { diag } from '@opentelemetry/api'
import { createCharger, withAttribution, type Charge } from 'costspan'
import fc from 'fast-check'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { Reporter } from '../../src/warnings/reporter.ts'
import { warnUnpriced } from '../../src/diagnostics/messages.ts'
import { aiSdkCall, plainSpan } from '../support/plain-span.ts'
import { forgetPrinted } from '../support/printed.ts'

const lines: string[] = []
const print = (line: string): void => void lines.push(line)

beforeEach(() => {
  lines.length = 0
})

const charger = createCharger({ prices: [] })

function unpriced(model: string, provider = 'openai.chat'): Charge {
  const tokens = { 'ai.usage.inputTokens': 1, 'ai.usage.outputTokens': 1 }
  return charger(plainSpan(aiSdkCall(provider, model, tokens)), { userId: 'ada' }) as Charge
}

describe('a model without a price', () => {
  test('is reported once by each reporter', () => {
    const reporter = new Reporter(print)
    for (let call = 0; call < 3; call++) warnUnpriced(reporter, unpriced('x'))
    expect(lines).toEqual([
      'costspan: no price for model "x" of provider "openai.chat" (model_without_price); ' +
        'its calls carry no cost. Give one with the prices option.',
    ])
    warnUnpriced(new Reporter(print), unpriced('x'))
    expect(lines).toHaveLength(2)
    expect(lines.join()).not.toContain('ada')
  })

  test('is another one at another provider', () => {
    const reporter = new Reporter(print)
    for (const provider of ['openai.chat', 'azure.chat', 'openai.chat']) {
      warnUnpriced(reporter, unpriced('x', provider))
    }
    expect(lines).toHaveLength(2)
  })

  test('has another line than one whose price lacks a rate', () => {
    warnUnpriced(new Reporter(print), { ...unpriced('x'), reason: 'rate_without_price' })
    expect(lines).toEqual([expect.stringContaining('lacks a rate that the call uses')])
  })

  test.each(['priced', 'lower_bound', 'unknown_usage', 'call_failed'] as const)(
    'is none in a call that is %s',
    (status) => {
      warnUnpriced(new Reporter(print), { ...unpriced('x'), status })
      expect(lines).toEqual([])
    },
  )

  test('is reported for twenty models, then once that no more will be, then for none', () => {
    const reporter = new Reporter(print)
    for (let model = 0; model < 500; model++) warnUnpriced(reporter, unpriced(`model-${model}`))
    expect(lines).toHaveLength(21)
    expect(lines[19]).toContain('"model-19"')
    expect(lines[20]).toBe(
      'costspan: more than 20 models have no price; no more of them will be reported',
    )
  })

  test('has no last line where there are twenty in all', () => {
    const reporter = new Reporter(print)
    for (let model = 0; model < 40; model++) {
      warnUnpriced(reporter, unpriced(`model-${model % 20}`))
    }
    expect(lines).toHaveLength(20)
    expect(lines.join()).not.toContain('no more')
  })

  test('suppresses no other warning beyond the twenty', () => {
    const reporter = new Reporter(print)
    for (let model = 0; model < 500; model++) warnUnpriced(reporter, unpriced(`model-${model}`))
    reporter.warn('cause', () => 'other')
    expect(lines.at(-1)).toBe('costspan: other')
  })

  test('does not throw where the logger throws', () => {
    const throws = (): void => {
      throw new Error('mine')
    }
    expect(() => warnUnpriced(new Reporter(throws), unpriced('x'))).not.toThrow()
    const nothing = (): void => {}
    diag.setLogger({ warn: throws, error: throws, info: nothing, debug: nothing, verbose: nothing })
    expect(() => warnUnpriced(new Reporter('diag'), unpriced('x'))).not.toThrow()
    diag.disable()
  })
})

test.each([
  [
    'with one set of lines',
    { printed: new Set(), models: new Set(), sent: new Set(), output: 'console' },
  ],
  ['with other sets', { output: 'console', console: { keys: [] }, sent: new Set() }],
  ['that is no object', 7],
])('the state of another version of this package, %s, breaks no request', (_version, state) => {
  const shared = globalThis as { [name: symbol]: unknown }
  const printed = vi.spyOn(console, 'warn').mockImplementation(() => {})
  shared[Symbol.for('costspan.warnings')] = state
  try {
    expect(withAttribution({ userId: 'ada', team: 'x' } as never, () => 'answered')).toBe(
      'answered',
    )
    expect(shared[Symbol.for('costspan.warnings')]).toBe(state)
  } finally {
    forgetPrinted()
    printed.mockRestore()
  }
})

describe('an id from outside', () => {
  test.each<[string, string, string]>([
    ['in quotes', 'a"b', String.raw`"a\"b"`],
    ['without new lines', 'a\nERROR\r\nb', '"aERRORb"'],
    ['without the new lines of Unicode', 'a\u2028b\u2029c\u0085d', '"abcd"'],
    ['without terminal escapes', 'a\u001B[31mb\u0000\u007F', '"a[31mb"'],
    ['without turning the text round', 'a\u202Eb\u2066c\u200Fd', '"abcd"'],
    ['without hidden characters', 'a\u200Bb\uFEFFc\u{E0041}d', '"abcd"'],
    ['cut to 256 characters', 'x'.repeat(300), `"${'x'.repeat(256)}"`],
    ['cut inside a character', `${'x'.repeat(255)}😀`, `"${'x'.repeat(255)}\\ud83d"`],
    ['otherwise as it is', 'openai/gpt-5.4:free_ü', '"openai/gpt-5.4:free_ü"'],
  ])('is shown %s', (_, id, shown) => {
    warnUnpriced(new Reporter(print), unpriced(id, id))
    expect(lines).toEqual([
      expect.stringContaining(`no price for model ${shown} of provider ${shown} (`),
    ])
  })

  test('puts nothing but one printable line of bounded length anywhere', () => {
    const anything = fc.string({ unit: 'binary', minLength: 1, maxLength: 600 })
    const property = fc.property(anything, anything, (model, provider) => {
      lines.length = 0
      warnUnpriced(new Reporter(print), unpriced(model, provider))
      const [line = ''] = lines
      expect(lines).toHaveLength(1)
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u)
      // A lone half of a character is six characters in JSON.
      expect(line.length).toBeLessThan(2 * 6 * 256 + 300)
    })
    fc.assert(property)
  })
})
