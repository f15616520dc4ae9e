/**
 * Measures the weights of `src/clients/token-weights.ts` with the vocabularies of `gpt-tokenizer` over training texts, and
 * writes `token-weights-data.ts`: `npx tsx scripts/fit-tokens.ts && npx oxfmt src/clients`. The texts of the evaluation
 * are in `test/clients/corpus`; no text is in both.
 *
 * A weight is the mean number of tokens that start at a character, over all training texts. Each source has the share
 * in the mean that is given here, however long its texts are.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import cl100k from 'gpt-tokenizer/bpeRanks/cl100k_base'
import o200k from 'gpt-tokenizer/bpeRanks/o200k_base'
import { encode as encodeCl100k } from 'gpt-tokenizer/encoding/cl100k_base'
import { encode as encodeO200k } from 'gpt-tokenizer/encoding/o200k_base'
import {
  ASCII_GROUPS,
  groupOf,
  LETTERS,
  GROUPS,
  SPACE,
  WeightFinder,
  WEIGHTS,
  WORD_WEIGHTS,
} from '../src/clients/token-groups.ts'
import {
  LEVELS,
  LONGEST_TOKEN,
  MOST_TOKENS,
  SCORE_LEVELS,
  SCORE_ZERO,
  UNMEASURED,
} from '../src/clients/token-weights.ts'

type Tokens = readonly (string | readonly number[] | null | undefined)[]
interface Tokenizer {
  readonly tokens: Tokens
  readonly encode: (text: string) => number[]
}

const plain = { disallowedSpecial: new Set<string>() }
const tokenizers: Readonly<Record<string, Tokenizer>> = {
  o200k: { tokens: o200k, encode: (text) => encodeO200k(text, plain) },
  cl100k: { tokens: cl100k, encode: (text) => encodeCl100k(text, plain) },
}

const root = new URL('..', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
const readAll = (folder: string, names: RegExp) =>
  readdirSync(new URL(folder, root))
    .filter((name) => names.test(name))
    .toSorted()
    .map((name) => read(`${folder}/${name}`).slice(0, 40_000))

/** TypeScript translates its messages: sentences in many languages, without the placeholders. */
function messagesOf(locale: string): string {
  const lib = 'node_modules/@arethetypeswrong/core/node_modules/typescript/lib'
  const messages = JSON.parse(read(`${lib}/${locale}/diagnosticMessages.generated.json`))
  return Object.values<string>(messages)
    .map((message) => message.replaceAll(/['"“«„]?\{\d\}['"”»“]?/g, ' ').replaceAll(/ +/g, ' '))
    .join('\n')
    .slice(0, 80_000)
}

const own = (name: string) => read(`scripts/tokens-training/${name}.txt`)

type Sources = readonly (readonly [share: number, texts: readonly string[]])[]

const inEnglish: Sources = [
  [3, readAll('node_modules/fastify/docs/Guides', /\.md$/)],
  [2, readAll('docs/guide', /\.md$/)],
  [4, [own('english')]],
  [5, readAll('node_modules/ai/src/ui', /\.ts$/)],
  [4, [...readAll('scripts/prices', /\.py$/)]],
  [2, [own('python')]],
  [2, [read('package.json'), own('json')]],
]
const inOtherLanguages: Sources = [
  ...['de', 'fr', 'es', 'ru', 'it', 'pt-br', 'pl', 'tr', 'cs', 'ko', 'zh-tw', 'ja', 'zh-cn'].map(
    (locale) => [0.4, [messagesOf(locale)]] as const,
  ),
  ...['french', 'spanish', 'russian', 'chinese', 'japanese'].map(
    (name) => [4, [own(name)]] as const,
  ),
  // Compounds make German words long: they need more measurements than the other languages with the same letters.
  [12, [own('german')]],
  [0.3, [own('other-scripts')]],
]
const sources: Sources = [...inEnglish, ...inOtherLanguages]

/** How frequent each pair of letters in words is. */
function pairsIn(texts: Sources): Float64Array {
  const counts = new Float64Array(LETTERS * LETTERS).fill(1)
  for (const [share, all] of texts) {
    const factor = (share * 1000) / all.reduce((length, text) => length + text.length, 0)
    for (const text of all) {
      const letters = text.toLowerCase().replaceAll(/[\u00c0-\u024f]/g, '{')
      for (const [, pair = ''] of letters.matchAll(/(?=([a-z{]{2}))/g)) {
        const index = (pair.charCodeAt(0) - 97) * LETTERS + pair.charCodeAt(1) - 97
        counts[index] = (counts[index] ?? 0) + factor
      }
    }
  }
  const total = counts.reduce((sum, count) => sum + count, 0)
  return counts.map((count) => count / total)
}

const englishPairs = pairsIn(inEnglish)
const otherPairs = pairsIn(inOtherLanguages)
const scores = englishPairs.map((share, pair) =>
  Math.max(
    -4,
    Math.min(
      Math.round(Math.log(share / (otherPairs[pair] ?? 1)) * SCORE_LEVELS) / SCORE_LEVELS,
      4,
    ),
  ),
)

const utf8 = new TextEncoder()
const lengthOf = (token: Tokens[number]) =>
  typeof token === 'string' ? utf8.encode(token).length : (token?.length ?? 0)

/** The number of tokens that start within each code point of a text. */
function startsIn(text: string, { tokens, encode }: Tokenizer): number[] {
  const codePoints = Array.from(text)
  const startOf = new Set<number>()
  let offset = 0
  for (const id of encode(text)) {
    startOf.add(offset)
    offset += lengthOf(tokens[id])
  }
  let start = 0
  const starts = codePoints.map((character) => {
    const { length } = utf8.encode(character)
    let count = 0
    for (let byte = start; byte < start + length; byte += 1) if (startOf.has(byte)) count += 1
    start += length
    return count
  })
  // A run of spaces leaves its last space to the next word: the boundary depends on what follows, so it counts there.
  for (const [index, character] of codePoints.entries()) {
    if (character !== ' ' || codePoints[index + 1] === ' ' || codePoints[index - 1] !== ' ')
      continue
    starts[index + 1] = (starts[index + 1] ?? 0) + (starts[index] ?? 0)
    starts[index] = 0
  }
  return starts
}

const asciiOrOther = (code: number) => (code < 128 ? (ASCII_GROUPS[code] ?? 0) : groupOf(code))

function measure(tokenizer: Tokenizer): (number | undefined)[] {
  const sums = new Float64Array(WEIGHTS)
  const counts = new Float64Array(WEIGHTS)
  for (const [share, texts] of sources) {
    const factor = (share * 10_000) / texts.reduce((length, text) => length + text.length, 0)
    for (const text of texts) {
      const finder = new WeightFinder(scores)
      const starts = startsIn(text, tokenizer)
      for (const [index, character] of Array.from(text).entries()) {
        const code = character.codePointAt(0) ?? 0
        const weight = finder.next(code, asciiOrOther(code))
        sums[weight] = (sums[weight] ?? 0) + factor * (starts[index] ?? 0)
        counts[weight] = (counts[weight] ?? 0) + factor
      }
    }
  }
  return smoothed([...sums], [...counts])
}

/** The sum of numbers from an index to another, in steps. */
const total = (numbers: readonly number[], from: number, to: number, step = 1) => {
  let sum = 0
  for (let index = from; index < to; index += step) sum += numbers[index] ?? 0
  return sum
}

/** Weights with few measurements are drawn to the mean of the same pair of letters in all ranges, or of the same group. */
function smoothed(sums: readonly number[], counts: readonly number[]): (number | undefined)[] {
  const towards = (index: number, mean: number, strength: number) =>
    ((sums[index] ?? 0) + strength * mean) / ((counts[index] ?? 0) + strength)
  const firstWord = WORD_WEIGHTS[0]?.begin ?? 0
  return sums.map((_, index) => {
    const words = WORD_WEIGHTS.find(({ begin, end }) => index >= begin && index < end)
    if (words !== undefined) {
      const { begin, end, ranges } = words
      const size = (end - begin) / ranges
      const inWords = total(sums, begin, end) / total(counts, begin, end)
      const range = Math.floor((index - begin) / size)
      const from = begin + range * size
      const inRange = total(sums, from, from + size) / total(counts, from, from + size)
      const pair = begin + ((index - begin) % size)
      const pairSum = total(sums, pair, end, size)
      const pairCount = total(counts, pair, end, size)
      const ofPair = (pairSum + 5 * inWords) / (pairCount + 5)
      return towards(index, Math.min((ofPair * inRange) / inWords, 1), 10)
    }
    if (index < firstWord) {
      const group = index % 64
      const groupCount = total(counts, group, firstWord, 64)
      if (groupCount === 0) return undefined
      const mean = total(sums, group, firstWord, 64) / groupCount
      return counts[index] === 0 ? (group === SPACE ? 1 : mean) : towards(index, mean, 2)
    }
    const count = counts[index] ?? 0
    return count === 0 ? undefined : (sums[index] ?? 0) / count
  })
}

/** One printable character for each weight; runs without a measurement are shortened. */
function encodeTable(weights: readonly (number | undefined)[]): string {
  let text = ''
  for (let index = 0; index < weights.length; index += 1) {
    const weight = weights[index]
    if (weight !== undefined) {
      text += characterOf(Math.round(Math.sqrt(weight / MOST_TOKENS) * LEVELS))
      continue
    }
    let count = 1
    while (count < LEVELS && index + 1 < weights.length && weights[index + 1] === undefined) {
      index += 1
      count += 1
    }
    text += UNMEASURED + characterOf(count)
  }
  return text
}

const characterOf = (level: number) => String.fromCharCode(level + 40 + (level >= 52 ? 1 : 0))

function encodeBits(bits: readonly boolean[]): string {
  let text = ''
  for (let bit = 0; bit < bits.length; bit += 4) {
    text += [0, 1, 2, 3]
      .reduce((digit, at) => digit + (bits[bit + at] ? 1 << at : 0), 0)
      .toString(16)
  }
  return text
}

const binary = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

const bytesOf = (code: number) => utf8.encode(String.fromCodePoint(code))

/** What the bounds need to know about a vocabulary. */
function factsOf({ tokens }: Tokenizer) {
  const vocabulary = tokens
    .filter((token) => token !== undefined && token !== null)
    .map((token) => (typeof token === 'string' ? utf8.encode(token) : Uint8Array.from(token)))
  const known = new Set(vocabulary.map(binary))
  // A token that starts within a character and goes on with ASCII or a character of two bytes. (`TokenCount` allows for longer ones.)
  const innerStarts = new Set(
    vocabulary
      .filter(
        ([first = 0, second = 0x80]) =>
          first >= 0x80 && first < 0xc0 && (second < 0x80 || (second >= 0xc0 && second < 0xe0)),
      )
      .map(([first]) => first),
  )
  const whole = Array.from({ length: 0x8_00 }, (_, code) => {
    if (code < 128) return false
    const bytes = bytesOf(code)
    return known.has(binary(bytes)) && !innerStarts.has(bytes[1])
  })
  const leads = Array.from(
    { length: 0x4_00 },
    (_, lead) => lead >= 32 && known.has(binary(bytesOf(lead << 6).subarray(0, 2))),
  )
  return { whole: encodeBits(whole), leads: encodeBits(leads), units: unitsOf(vocabulary) }
}

/** Units of each group, so that no token has more than `LONGEST_TOKEN` of them. */
function unitsOf(vocabulary: readonly Uint8Array[]): number[] {
  const contents = vocabulary.map(groupsIn)
  const units = Array.from({ length: GROUPS }, () => LONGEST_TOKEN)
  const most = (groups: readonly number[]) =>
    groups.reduce((one, other) => ((units[other] ?? 0) > (units[one] ?? 0) ? other : one))
  for (let isChanged = true; isChanged;) {
    isChanged = false
    for (const characters of contents) {
      const shares = new Map<number, number>()
      let sum = 0
      for (const groups of characters) {
        const group = most(groups)
        sum += units[group] ?? 0
        shares.set(group, (shares.get(group) ?? 0) + (units[group] ?? 0))
      }
      if (sum <= LONGEST_TOKEN) continue
      isChanged = true
      // The group with the largest share shrinks, in steps.
      const [largest, share] = [...shares].reduce((one, other) => (other[1] > one[1] ? other : one))
      const needed = (LONGEST_TOKEN - (sum - share)) / share
      units[largest] = Math.floor((units[largest] ?? 0) * Math.max(needed, 0.8))
    }
  }
  return units
}

/** The groups that each character that starts in a token may have: several where the token ends within the character. */
function groupsIn(token: Uint8Array): number[][] {
  const characters: number[][] = []
  for (const [index, byte] of token.entries()) {
    if (byte < 0x80) characters.push([ASCII_GROUPS[byte] ?? 0])
    if (byte >= 0xc0) characters.push(groupsFrom([...token.subarray(index, index + sizeOf(byte))]))
  }
  return characters
}

const sizeOf = (lead: number) => (lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4)

function groupsFrom(bytes: readonly number[]): number[] {
  if (bytes.length === sizeOf(bytes[0] ?? 0)) {
    return [groupOf(Buffer.from(bytes).toString().codePointAt(0) ?? 0)]
  }
  const isOverlong = bytes.length === 1 && (bytes[0] === 0xe0 || bytes[0] === 0xf0)
  const groups = new Set<number>()
  for (let next = isOverlong ? 0x90 : 0x80; next < 0xc0; next += 1) {
    for (const group of groupsFrom([...bytes, next])) groups.add(group)
  }
  return [...groups]
}

const entries = Object.entries(tokenizers).map(([family, tokenizer]) => {
  const facts = { table: encodeTable(measure(tokenizer)), ...factsOf(tokenizer) }
  return `  ${family}: ${JSON.stringify(facts)},`
})
const encodedScores = [...scores]
  .map((score) => characterOf(SCORE_ZERO + score * SCORE_LEVELS))
  .join('')
writeFileSync(
  new URL('src/clients/token-weights-data.ts', root),
  `/** Generated by scripts/fit-tokens.ts. */\nexport const english = ${JSON.stringify(encodedScores)}\nexport const measured = {\n${entries.join('\n')}\n}\n`,
)
