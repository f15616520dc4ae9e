import { definePrices } from 'costspan/prices'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { idPattern } from '../../src/price/id-pattern.ts'
import { parsePattern } from '../../src/price/pattern-parts.ts'
import { compile } from '../../src/price/pattern-program.ts'
import { AT } from '../support/plain-span.ts'

function findPrice(model: RegExp, id: string): unknown {
  const own = definePrices('1', [{ provider: 'openai', model, input: 1, output: 1 }])
  const terms = { serviceTier: undefined, region: undefined }
  return own.find({ provider: 'openai', family: 'openai', model: id, at: AT, ...terms })
}

/** Each needs longer than the universe lasts where an engine goes back to try other ways. */
const catastrophic: [RegExp, string, string][] = [
  [/^(a+)+$/, 'a', '!'],
  [/^(a|a)*$/, 'a', '!'],
  [/^(a*)*b$/, 'a', ''],
  [/^(\w+[-.]?)+$/, 'gpt-', '!'],
  [/^([a-z]+)*\d$/i, 'G', '!'],
  [/^(?:gpt|g|p|t|-)+x$/, 'gpt-', ''],
  [/^(a|ab|b)*c$/, 'ab', ''],
  [/(.*a){20}b/, 'a', ''],
  [/^(a?){60}a{60}b$/, 'a', ''],
  [/.*.*.*.*.*.*=/, 'a', ''],
  [/^(?=(a+)+$)b/, 'a', '!'],
  [/^(?!(a+)+$)gpt/, 'a', '!'],
  [/^(([a-z])+.)+[A-Z]([a-z])+$/u, 'a', ''],
  [/^(?<name>(?:x+x+)+)y$/m, 'x', '\n'],
]

describe.each(catastrophic)('a row with %s', (pattern, piece, last) => {
  test.each([29, 255])('answers for an id of %i characters', (length) => {
    // That it comes to an end at all is the test: the engine's own answer would not come.
    const id = piece.repeat(length).slice(0, length) + last
    expect(findPrice(pattern, id)).toBe('model_without_price')
  })
})

test('a pattern that is matched without going back still finds its ids', () => {
  const found = (pattern: RegExp, id: string): boolean => typeof findPrice(pattern, id) === 'object'
  expect(found(/^(\w+[-.]?)+$/, 'gpt-4.1-mini')).toBe(true)
  expect(found(/^(?:gpt|o\d|-|mini)+$/, 'o4-mini')).toBe(true)
  expect(found(/^(a?){60}a{60}$/, 'a'.repeat(100))).toBe(true)
  expect(found(/^(?!.*(mini|nano)+.*$)(\w+-?)+$/, 'gpt-5')).toBe(true)
  expect(found(/^(?!.*(mini|nano)+.*$)(\w+-?)+$/, 'gpt-5-mini')).toBe(false)
})

describe('a RegExp that no automaton runs', () => {
  test.each([
    /^(a+)+\1$/,
    /(?<=(a+)+)b$/,
    /^(?<n>a+)+\k<n>$/,
    /^(?=(?=(a+)+)a)b/,
    /^((a{1,900}){1,900})+$/,
  ])('%s is refused', (model) => {
    const rows = [{ provider: 'openai', model, input: 1 }]
    expect(() => definePrices('1', rows)).toThrow(
      /^Expected `rows\[0\]\.model` to be a RegExp whose time has a bound: .*\+\)\+.*, got "\//,
    )
  })

  test.each([/^(gpt)-\d\1$/, /(?<=-)mini$/, /(?<!\d)4o/])('%s is left to the engine', (model) => {
    expect(() => definePrices('1', [{ provider: 'openai', model, input: 1 }])).not.toThrow()
  })
})

test('patterns that people write are accepted, and match what the engine matches', () => {
  const ids = [
    'gpt-4o',
    'gpt-4o-mini',
    'o3',
    'o4-mini',
    'claude-sonnet-4-5-20250929',
    'ft:gpt-4o:a::x',
  ]
  const more = [
    'models/gemini-2.5-pro',
    'us.anthropic.claude-3-5-haiku-v1:0',
    'GPT-4',
    'llama3.1:8b',
    '',
  ]
  const patterns = [
    /^gpt-/, /^(gpt|o\d)-.+$/, /claude-.*-(v\d+)?/, /^gpt-4/, /mini/, /./, /.*/, /^.*$/, /^(?!ft:).+/,
    /^ft:/, /O$/i, /^claude-(opus|sonnet|haiku)-\d(-\d)?(-\d{8})?$/, /^(us|eu|apac)\.anthropic\./,
    /(^|\/)gemini-\d+(\.\d+)*-(pro|flash)(-lite)?$/, /^llama\d+(\.\d+)?:\d+b$/, /^[\w.:/-]+$/,
    /^(?:gpt-4o|gpt-4\.1|gpt-5)(?:-mini|-nano)?(?:-\d{4}-\d{2}-\d{2})?$/, /\bmini\b/, /^o[134](-|$)/,
    /^(?<maker>[a-z]+)-(?<rest>.+)$/, /^\p{L}+/u, /^gpt-(?:[3-9]|\d{2,}).*$/, /^((gpt|claude)-)?[\w-]+$/,
  ] // prettier-ignore
  for (const pattern of patterns) {
    const matches = idPattern(pattern)
    for (const id of [...ids, ...more])
      expect(matches?.(id), `${pattern} ${id}`).toBe(pattern.test(id))
  }
})

test('an automaton matches what the engine matches', () => {
  const atom = fc.constantFrom(
    ...[
      'a',
      'b',
      '-',
      '.',
      '\\d',
      '[ab]',
      '[^a]',
      '\\w',
      '\\.',
      '\\x61',
      '\\u0062',
      '1',
      '[a-c\\]]',
    ],
  )
  const assertion = fc.constantFrom('^', '$', '\\b', '\\B')
  const quantifier = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,2}', '{0,}', '*?', '+?')
  const { pattern } = fc.letrec<{ pattern: string; sequence: string; part: string }>((tie) => ({
    pattern: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((all) => all.join('|')),
    sequence: fc.array(tie('part'), { maxLength: 4 }).map((all) => all.join('')),
    part: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.tuple(atom, quantifier).map((all) => all.join('')),
      assertion,
      fc
        .tuple(fc.constantFrom('(', '(?:'), tie('pattern'), quantifier)
        .map(([open, one, many]) => `${open}${one})${many}`),
      fc
        .tuple(fc.constantFrom('(?=', '(?!'), tie('pattern'))
        .map(([open, one]) => `${open}${one})`),
    ),
  }))
  const text = fc.string({ unit: fc.constantFrom(...'ab-1AB\n._'.split(''), '😀'), maxLength: 8 })
  const flags = fc.constantFrom('', 'i', 'u', 'm', 's', 'iu')
  let compared = 0
  fc.assert(
    fc.property(pattern, flags, fc.array(text, { minLength: 4 }), (source, chosen, texts) => {
      const regexp = new RegExp(source, chosen)
      const runs = compile(parsePattern(regexp), regexp)
      if (runs === undefined) return
      for (const one of texts) {
        if (isInsidePair(regexp, one)) continue
        expect(runs(one), `${regexp} ${one}`).toBe(regexp.test(one))
      }
      compared += texts.length
    }),
    { numRuns: 1500 },
  )
  expect(compared).toBeGreaterThan(3000)
})

/** V8 tries `\B` and lookaheads between the two halves of a character too, where the flag `u` knows no position. */
function isInsidePair({ source, unicode }: RegExp, text: string): boolean {
  return unicode && /\\B|\(\?[=!]/.test(source) && /[\ud800-\udbff]/.test(text)
}
