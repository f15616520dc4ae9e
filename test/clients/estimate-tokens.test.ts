import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import cl100kTokens from 'gpt-tokenizer/bpeRanks/cl100k_base'
import o200kTokens from 'gpt-tokenizer/bpeRanks/o200k_base'
import { countTokens as countCl100k } from 'gpt-tokenizer/encoding/cl100k_base'
import { countTokens as countO200k } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, it } from 'vitest'
import { TokenCount, type TokenEstimate, type TokenizerFamily } from '../../src/clients/estimate-tokens.ts'

const families: readonly TokenizerFamily[] = ['o200k', 'cl100k']
const vocabularies = { o200k: o200kTokens, cl100k: cl100kTokens }
const plain = { disallowedSpecial: new Set<string>() }

/** The true number of tokens. Special tokens in a text are plain text, as they are for a provider. */
const trueCount = (text: string, family: TokenizerFamily) =>
  family === 'o200k' ? countO200k(text, plain) : countCl100k(text, plain)

function estimate(pieces: readonly string[], family: TokenizerFamily): TokenEstimate {
  const count = new TokenCount(family)
  for (const piece of pieces) count.add(piece)
  return count.estimate()
}

function expectWithin(text: string, family: TokenizerFamily): void {
  const { atLeast, tokens, atMost } = estimate([text], family)
  const count = trueCount(text, family)
  if (atLeast > count || count > atMost || tokens < atLeast || tokens > atMost) {
    expect.fail(`${family}: ${count} is not within [${atLeast}, ${atMost}], ${tokens}: ${JSON.stringify(text)}`)
  }
}

/** A small generator of random numbers with a seed: the prefixes are the same in each run. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const folder = new URL('corpus/', import.meta.url)
const corpus = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => ({ name: name.slice(0, -4), text: readFileSync(new URL(name, folder), 'utf8') }))

/** Stopped answers: parts of a text, from a random start of a line to a random character. */
function stopped(text: string, isFitting: (tokens: number) => boolean, family: TokenizerFamily): string[] {
  const random = randomFrom(text.length)
  const lines = text.split('\n')
  const parts: string[] = []
  while (parts.length < 150) {
    const rest = lines.slice(Math.floor(random() ** 2 * lines.length)).join('\n')
    const part = rest.slice(0, 1 + Math.floor(random() * rest.length))
    if (isFitting(trueCount(part, family))) parts.push(part)
  }
  return parts
}

const median = (numbers: readonly number[]) =>
  numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)]!

describe('estimates of stopped answers', () => {
  const table: Record<string, string>[] = []

  for (const family of families) {
    it.each(corpus)(`has a median error below 10 % and true bounds: ${family}, $name`, ({ name, text }) => {
      const row: Record<string, string> = { tokenizer: family, text: name }
      for (const [length, isFitting, most] of [
        ['50 tokens and more', (tokens: number) => tokens >= 50, 0.1],
        ['5 to 49', (tokens: number) => tokens >= 5 && tokens < 50, 0.2],
      ] as const) {
        const parts = stopped(text, isFitting, family)
        const results = parts.map((part) => {
          expectWithin(part, family)
          const count = trueCount(part, family)
          const { tokens, atLeast, atMost } = estimate([part], family)
          return { error: (tokens - count) / count, atLeast: atLeast / count, atMost: atMost / count }
        })
        const errors = results.map(({ error }) => Math.abs(error))
        const bias = results.reduce((sum, { error }) => sum + error, 0) / results.length
        const percent = (share: number) => `${(100 * share).toFixed(1)} %`
        row[length] = `${percent(median(errors))}, worst ${percent(Math.max(...errors))}, mean ${percent(bias)}`
        row[`bounds, ${length}`] = `${median(results.map((result) => result.atLeast)).toFixed(2)} to ${median(results.map((result) => result.atMost)).toFixed(2)}`
        expect.soft(median(errors), length).toBeLessThan(most)
      }
      table.push(row)
    })
  }

  it('prints the table of errors', () => {
    expect(table).toHaveLength(families.length * corpus.length)
    process.stdout.write(`${table.map((row) => Object.values(row).join(' | ')).join('\n')}\n`)
  })
})

describe('bounds', () => {
  const characters = fc.oneof(
    { weight: 4, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
    { weight: 2, arbitrary: fc.string({ unit: fc.constantFrom(...' aZé\n\t\r\'"/.0９１²ſKß漢字かナ한д🙂\u0300\u00a0\u3000\uD83D\uDE42'), maxLength: 40 }) },
    { weight: 2, arbitrary: fc.string({ unit: fc.constantFrom(...'eq\'srveltdmSLDMTA '), maxLength: 30 }) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(' ', '\n', '\t', '-', '=', 'a', '0', '漢', '\u00a0', '🙂', '/', '*'), fc.nat(400)).map(([unit, times]) => unit.repeat(times)) },
    { weight: 1, arbitrary: fc.constantFrom(...corpus).chain(({ text }) => fc.nat(text.length).map((start) => text.slice(start, start + 60))) },
  )
  const texts = fc.array(characters, { maxLength: 6 }).map((parts) => parts.join(''))

  it.each(families)('contain the true count of any text: %s', (family) => {
    fc.assert(fc.property(texts, (text) => expectWithin(text, family)), { numRuns: 20_000 })
  }, 120_000)

  it.each(families)('contain the true count of any tokens in a row: %s', (family) => {
    const vocabulary = vocabularies[family].filter((token) => typeof token === 'string')
    const tokens = fc.array(fc.nat(vocabulary.length - 1).map((id) => vocabulary[id]!), { maxLength: 12 })
    fc.assert(fc.property(tokens, (parts) => expectWithin(parts.join(''), family)), { numRuns: 10_000 })
  }, 120_000)

  it.each(families)('contain the true count of each token of the vocabulary: %s', (family) => {
    for (const token of vocabularies[family]) if (typeof token === 'string') expectWithin(token, family)
  }, 120_000)
})

describe('pieces', () => {
  it.each(families)('give the same estimate however a text is cut: %s', (family) => {
    const cuts = fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { maxLength: 8 })
    fc.assert(
      fc.property(cuts, fc.nat(), (parts, seed) => {
        const text = parts.join('')
        const random = randomFrom(seed)
        const pieces: string[] = []
        // Cut between UTF-16 code units, also within a pair of surrogates.
        for (let start = 0; start < text.length; ) {
          const end = start + 1 + Math.floor(random() * 5)
          pieces.push(text.slice(start, end))
          start = end
        }
        expect(estimate(pieces, family)).toEqual(estimate([text], family))
      }),
    )
  })

  it('counts nothing for an empty text', () => {
    expect(estimate([''], 'o200k')).toEqual({ tokens: 0, atLeast: 0, atMost: 0 })
  })
})
