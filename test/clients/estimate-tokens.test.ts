import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import cl100kTokens from 'gpt-tokenizer/bpeRanks/cl100k_base'
import o200kTokens from 'gpt-tokenizer/bpeRanks/o200k_base'
import { countTokens as countCl100k } from 'gpt-tokenizer/encoding/cl100k_base'
import { countTokens as countO200k } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, it } from 'vitest'
import {
  estimatePrompt,
  TokenCount,
  type TokenEstimate,
  type TokenizerFamily,
  tokenizerFamilyOf,
} from '../../src/clients/estimate-tokens.ts'
import { LONGEST_RUN, PAIRED } from '../../src/clients/token-count.ts'
import { LONGEST_TOKEN, tokenWeightsOf } from '../../src/clients/token-weights.ts'
import { runsOf } from '../support/runs.ts'

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
    expect.fail(
      `${family}: ${count} is not within [${atLeast}, ${atMost}], ${tokens}: ${JSON.stringify(text)}`,
    )
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
function stopped(
  text: string,
  isFitting: (tokens: number) => boolean,
  family: TokenizerFamily,
): string[] {
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
    it.each(corpus)(
      `has a median error below 10 % and true bounds: ${family}, $name`,
      ({ name, text }) => {
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
            return {
              error: (tokens - count) / count,
              atLeast: atLeast / count,
              atMost: atMost / count,
            }
          })
          const errors = results.map(({ error }) => Math.abs(error))
          const bias = results.reduce((sum, { error }) => sum + error, 0) / results.length
          const percent = (share: number) => `${(100 * share).toFixed(1)} %`
          row[length] =
            `${percent(median(errors))}, worst ${percent(Math.max(...errors))}, mean ${percent(bias)}`
          row[`bounds, ${length}`] =
            `${median(results.map((result) => result.atLeast)).toFixed(2)} to ${median(results.map((result) => result.atMost)).toFixed(2)}`
          expect.soft(median(errors), length).toBeLessThan(most)
        }
        table.push(row)
      },
    )
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
    {
      weight: 2,
      arbitrary: fc.string({
        unit: fc.constantFrom(
          ...Array.from(' aZé\n\t\r\'"/.0９１²ſKß漢字かナ한д🙂\u0300\u00a0\u3000\uD83D\uDE42'),
        ),
        maxLength: 40,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.string({
        unit: fc.constantFrom(...Array.from("eq'srveltdmSLDMTA ")),
        maxLength: 30,
      }),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom(' ', '\n', '\t', '-', '=', 'a', '0', '漢', '\u00a0', '🙂', '/', '*'),
          fc.nat(400),
        )
        .map(([unit, times]) => unit.repeat(times)),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...corpus)
        .chain(({ text }) => fc.nat(text.length).map((start) => text.slice(start, start + 60))),
    },
  )
  const texts = fc.array(characters, { maxLength: 6 }).map((parts) => parts.join(''))

  it.each(families)(
    'contain the true count of any text: %s',
    (family) => {
      fc.assert(
        fc.property(texts, (text) => expectWithin(text, family)),
        { numRuns: runsOf(800, 8000) },
      )
    },
    120_000,
  )

  it.each(families)(
    'contain the true count of any tokens in a row: %s',
    (family) => {
      const vocabulary = vocabularies[family].filter((token) => typeof token === 'string')
      const tokens = fc.array(
        fc.nat(vocabulary.length - 1).map((id) => vocabulary[id]!),
        { maxLength: 12 },
      )
      fc.assert(
        fc.property(tokens, (parts) => expectWithin(parts.join(''), family)),
        { numRuns: runsOf(400, 4000) },
      )
    },
    120_000,
  )

  it.each(families)(
    'contain the true count of each token of the vocabulary: %s',
    (family) => {
      const tokens = vocabularies[family].filter((token) => typeof token === 'string')
      expect(tokens.length).toBeGreaterThan(90_000)
      for (const token of tokens) expectWithin(token, family)
    },
    120_000,
  )
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
        for (let start = 0; start < text.length;) {
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

describe('facts about the vocabularies that the bounds rely on', () => {
  const bytesOf = (text: string) => Buffer.from(text).toString('latin1')

  describe.each(families)('%s', (family) => {
    const tokens = vocabularies[family]
      .filter((token) => token !== undefined && token !== null)
      .map((token) =>
        typeof token === 'string' ? bytesOf(token) : Buffer.from(token).toString('latin1'),
      )
    const known = new Set(tokens)

    it('has each pair of the paired letters, and each letter after a space', () => {
      const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
      const pairs = [
        ...Array.from(PAIRED).flatMap((one) => Array.from(PAIRED, (other) => one + other)),
        ...Array.from(letters, (letter) => ` ${letter}`),
      ]
      expect(pairs.filter((pair) => !known.has(pair))).toEqual([])
    })

    it('has runs of spaces, and groups of up to three digits', () => {
      const runs = Array.from({ length: LONGEST_RUN }, (_, index) => ' '.repeat(index + 1))
      const digits = Array.from({ length: 1000 }, (_, number) => `${number}`.padStart(3, '0'))
      const groups = [
        ...runs,
        ...digits,
        ...digits.map((group) => group.slice(1)),
        ...digits.map((group) => group.slice(2)),
      ]
      expect(groups.filter((group) => !known.has(group))).toEqual([])
      // A digit is never in a token with a part of another script.
      expect(tokens.filter((token) => /\d[\u0080-\u00ff]/.test(token))).toEqual([])
    })

    it('has the starts of characters of three and four bytes that are counted as one token', () => {
      const { leads } = tokenWeightsOf(family)
      const starts = [...leads.keys()].filter((lead) => leads[lead] === 1)
      expect(starts.length).toBeGreaterThan(300)
      expect(
        starts.filter((lead) => !known.has(bytesOf(String.fromCodePoint(lead << 6)).slice(0, 2))),
      ).toEqual([])
      expect(known.has(bytesOf('🙂').slice(0, 2))).toBe(true)
    })

    it('has the characters of two bytes that are counted as whole, and no token that starts within them', () => {
      const { whole } = tokenWeightsOf(family)
      const characters = [...whole.keys()]
        .filter((code) => whole[code] === 1)
        .map((code) => bytesOf(String.fromCodePoint(code)))
      expect(characters.length).toBeGreaterThan(200)
      expect(characters.filter((character) => !known.has(character))).toEqual([])
      // Longer characters after them are counted in full, and one more.
      const inner = new Set(
        tokens
          .filter((token) => /^[\u0080-\u00bf](?:[\0-\u007f]|[\u00c0-\u00df])/.test(token))
          .map((token) => token[0]),
      )
      expect(characters.filter((character) => inner.has(character[1]))).toEqual([])
    })

    it('has no token with more units than the longest', () => {
      const { units } = tokenWeightsOf(family)
      expect(Math.max(...units)).toBeLessThanOrEqual(LONGEST_TOKEN)
      // One token is never estimated to be at least two.
      const whole = vocabularies[family].filter((token) => typeof token === 'string')
      expect(whole.filter((token) => estimate([token], family).atLeast > 1)).toEqual([])
    })
  })
})

describe('tokenizerFamilyOf', () => {
  it.each([
    ['openai', 'gpt-4o', 'o200k'],
    ['openai', 'gpt-4o-mini-2024-07-18', 'o200k'],
    ['openai', 'gpt-4.1-nano', 'o200k'],
    ['openai', 'gpt-5', 'o200k'],
    ['openai', 'gpt-5.1-codex', 'o200k'],
    ['openai', 'o3-mini', 'o200k'],
    ['openai', 'ft:gpt-4o-mini-2024-07-18:acme::id', 'o200k'],
    ['openai', 'gpt-4-turbo', 'cl100k'],
    ['openai', 'gpt-4', 'cl100k'],
    ['azure.ai.openai', 'gpt-35-turbo', 'cl100k'],
    ['openrouter', 'openai/gpt-5-mini', 'o200k'],
    ['groq', 'openai/gpt-oss-120b', 'o200k'],
    ['openai', 'gpt-4o-audio-preview', undefined],
    ['openai', 'gpt-6', undefined],
    ['openai', 'gpt-40', undefined],
    ['anthropic', 'claude-sonnet-4', undefined],
    ['openrouter', 'gpt-5', undefined],
    ['azure.ai.openai', 'our-deployment', undefined],
    ['openai', '', undefined],
  ])('%s, %s: %s', (provider, model, family) => {
    expect(tokenizerFamilyOf(provider, model)).toBe(family)
  })
})

describe('estimatePrompt', () => {
  const english = corpus.find(({ name }) => name === 'english')!.text
  const messages = [
    { role: 'system', content: 'You are a helpful assistant.' },
    { role: 'user', content: [{ type: 'text', text: english }] },
  ]

  it('counts texts of messages and what is around them', () => {
    const { tokens, atLeast, atMost } = estimatePrompt({ model: 'gpt-4o', messages }, 'o200k')
    const documented =
      trueCount('You are a helpful assistant.', 'o200k') + trueCount(english, 'o200k') + 2 * 4 + 3
    expect(Math.abs(tokens - documented) / documented).toBeLessThan(0.1)
    expect(atLeast).toBeLessThanOrEqual(documented)
    expect(atMost).toBeGreaterThanOrEqual(documented)
    expect(atMost).toBeLessThan(Infinity)
  })

  it('counts the same texts in a request for responses', () => {
    const [system, user] = messages
    const input = [{ role: 'user', content: [{ type: 'input_text', text: english }] }]
    const { tokens } = estimatePrompt({ input, instructions: system!.content }, 'o200k')
    expect(tokens).toBe(estimatePrompt({ messages: [system, user] }, 'o200k').tokens)
  })

  it('counts the definitions of functions', () => {
    const parameters = {
      type: 'object',
      properties: {
        city: { type: 'string', description: 'The city, for example Lisbon' },
        unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
      },
    }
    const definition = { name: 'get_weather', description: 'The weather of today', parameters }
    const without = estimatePrompt({ messages }, 'o200k')
    const chat = estimatePrompt(
      { messages, tools: [{ type: 'function', function: definition }] },
      'o200k',
    )
    const responses = estimatePrompt(
      { messages, tools: [{ type: 'function', ...definition }] },
      'o200k',
    )
    expect(chat.tokens - without.tokens).toBeGreaterThan(40)
    expect(chat.tokens - without.tokens).toBeLessThan(65)
    expect(responses.tokens).toBe(chat.tokens)
    expect(chat.atMost).toBeLessThan(Infinity)
  })

  it.each([
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:' } }] }] },
    { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] },
    { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file' }] }] },
    { input: 'And then?', previous_response_id: 'resp_1' },
    { input: 'And then?', tools: [{ type: 'web_search' }] },
    { prompt: { id: 'pmpt_1' } },
    { input: [{ type: 'reasoning', encrypted_content: 'abc' }] },
    { messages: [42, null] },
  ])('leaves the upper bound open: %o', (body) => {
    expect(estimatePrompt(body, 'o200k').atMost).toBe(Infinity)
  })

  it('reads no request deeper than a limit', () => {
    let content: unknown = 'deep'
    for (let depth = 0; depth < 100_000; depth += 1) content = [content]
    expect(estimatePrompt({ messages: [{ role: 'user', content }] }, 'o200k').atMost).toBe(Infinity)
  })

  it('never throws, whatever a request has', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('messages', 'input', 'tools', 'prompt', 'text', 'response_format'),
          fc.jsonValue(),
        ),
        (body) => {
          const { tokens, atLeast, atMost } = estimatePrompt(body, 'cl100k')
          expect(atLeast <= tokens && tokens <= atMost).toBe(true)
        },
      ),
    )
  })
})
