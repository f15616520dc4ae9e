/** A text of `src` and what replaces it. */
export type Place = readonly [text: string, replacement: string]

/** A rule that a changed source breaks. `now` is its place in this checkout, where the text differs. */
export interface Mutation {
  readonly area: string
  readonly rule: string
  readonly before: Place
  readonly now?: Place
}

export const mutations: readonly Mutation[] = [
  {
    area: 'usage',
    rule: 'a count of cached tokens above the input is not subtracted from it',
    before: ['input >= cached ? input - cached : input', 'input - cached'],
  },
  {
    area: 'usage',
    rule: 'the tokens written for an hour are at most all written tokens',
    before: ['Math.min(write1h, write)', 'write1h'],
  },
  {
    area: 'usage',
    rule: 'AI SDK 6 includes cached tokens in the input, AI SDK 5 does not',
    before: ['return major >= 6', 'return major >= 5'],
  },
  { area: 'usage', rule: 'thoughts of Gemini are output', before: [' + thoughts,', ','] },
  {
    area: 'usage',
    rule: 'a cache write of Bedrock for an hour has its own rate',
    before: ["entry?.['ttl'] === '1h'", "entry?.['ttl'] === '5m'"],
  },
  {
    area: 'usage',
    rule: 'cache writes whose duration is not shown make a doubt',
    before: ['write > 0 && write1h === undefined', 'write < 0 && write1h === undefined'],
  },
  {
    area: 'price',
    rule: 'a token without a rate has no price',
    before: ['rate = Number.NaN', 'rate = 0'],
  },
  {
    area: 'price',
    rule: 'a step of a long context begins above its bound',
    before: ['prompt <= tier.above', 'prompt < tier.above'],
  },
  {
    area: 'price',
    rule: 'a tier that no row names has no price',
    before: [
      "byTier.get(serviceTier)?.price ?? 'terms_without_price'",
      'byTier.get(serviceTier)?.price ?? standard.price',
    ],
  },
  {
    area: 'price',
    rule: 'a discount does not shorten the minimum of seconds',
    before: ["name === 'minimumSeconds' ? base : base * this.#factor", 'base * this.#factor'],
  },
  {
    area: 'price',
    rule: 'another model than the one that answered gives no price',
    before: [
      'answer.startsWith(name) && snapshot.test(answer.slice(name.length))',
      'answer.startsWith(name)',
    ],
  },
  {
    area: 'price',
    rule: 'the name of a deployment of Azure is no model',
    before: ["|| family === 'azure') return undefined", ') return undefined'],
  },
  {
    area: 'price',
    rule: 'the surcharge of a gateway is part of its bill',
    before: ['cost + surcharge', 'cost'],
  },
  {
    area: 'price',
    rule: 'a bill of 0 is no bill',
    before: ['usd !== undefined && usd > 0', 'usd !== undefined && usd >= 0'],
  },
  {
    area: 'price',
    rule: 'cached tokens that are not shown make a cost too high',
    before: ['if (read < input) high |=', 'if (read > input) high |='],
  },
  {
    area: 'duplicates',
    rule: 'different response ids are two calls',
    before: [
      'haveIds && one.responseId !== other.responseId',
      'haveIds && one.responseId === undefined',
    ],
  },
  {
    area: 'duplicates',
    rule: 'an id that a library generated proves nothing',
    before: ['generatedId.test(id) ? undefined', 'id === "" ? undefined'],
  },
  {
    area: 'duplicates',
    rule: 'spans that do not overlap are two calls',
    before: ['if (!isOverlapping) return', 'if (false) return'],
    now: ['if (!isOverlapping', 'if (false'],
  },
  {
    area: 'duplicates',
    rule: 'a call whose nested call broke off alone is another call',
    before: ["isContradicted ? 'different' : agreement", 'agreement'],
    now: ['return isContradicted ? DIFFERENT : agreement', 'return agreement'],
  },
  {
    area: 'attribution',
    rule: 'an inner user replaces the outer one',
    before: ['userId: inner.userId ?? outer.userId,', 'userId: outer.userId ?? inner.userId,'],
  },
  {
    area: 'attribution',
    rule: 'an id has at most 256 characters',
    before: ['text.length <= 256 &&', 'text.length <= 255 &&'],
  },
  {
    area: 'attribution',
    rule: 'an empty id is none',
    before: [
      "if (typeof value === 'string') return value === '' ? undefined : value",
      "if (typeof value === 'string') return value",
    ],
  },
  {
    area: 'attribution',
    rule: 'a copy of baggage is no attribution',
    before: ['value.length >= SHORTEST_CUT && entry.startsWith(value)', 'false'],
  },
  {
    area: 'enrich',
    rule: 'an enriched span has the user of its attribution',
    before: [
      "? attributes['user.id'] === attribution.userId",
      "? attributes['user.id'] !== undefined",
    ],
  },
  {
    area: 'enrich',
    rule: 'a call without output has an output cost where it is a chat',
    before: ["call.operation === 'chat' || used.output > 0", 'used.output > 0'],
  },
  {
    area: 'ledger',
    rule: 'a line of a later version is a problem',
    before: ['if (v > VERSION)', 'if (v > VERSION + 1)'],
  },
  {
    area: 'ledger',
    rule: 'the id of a line is that of its span',
    before: ['id !== chargeId(charge as unknown as Charge)', 'id === ""'],
  },
  {
    area: 'ledger',
    rule: 'a field that is there twice is a problem',
    before: ['JSON.stringify(parsed) !== line && repeatsKey(line)', 'false'],
  },
  {
    area: 'ledger',
    rule: 'a full file is rotated',
    before: ['size >= BigInt(this.#options.maximumBytes) || ', ''],
  },
  {
    area: 'ledger',
    rule: 'an amount is 0 or more',
    before: [
      "typeof value === 'number' && value >= 0 && value <= most",
      "typeof value === 'number' && value <= most",
    ],
  },
  {
    area: 'privacy',
    rule: 'a pseudonym is not made again',
    before: ['if (isPseudonym(id) || made.has(id)) return id', 'if (made.has(id)) return id'],
  },
  {
    area: 'privacy',
    rule: 'a credit card number has a check digit',
    before: ['sum > 0 && sum % 10 === 0', 'sum > 0 && sum % 10 === 1'],
  },
  {
    area: 'privacy',
    rule: 'an IBAN has a check number',
    before: [
      'if (remainderOf(written) !== 1) return false',
      'if (remainderOf(written) === 1) return false',
    ],
  },
  {
    area: 'privacy',
    rule: 'a key of pseudonyms has a least length',
    before: ['if (key.length < SHORTEST_KEY) {', 'if (key.length < 0) {'],
  },
  {
    area: 'privacy',
    rule: 'content of GenAI events is dropped',
    before: ['isGenAi && eventContent.test(field)', 'false'],
  },
  {
    area: 'propagation',
    rule: 'a token expires',
    before: ['Date.now() / 1000 > statement.expiresAt', 'Date.now() / 2000 > statement.expiresAt'],
  },
  {
    area: 'propagation',
    rule: 'a token is encoded in one way alone',
    before: ['toBase64url(text) === encoded ? JSON.parse(text) : undefined', 'JSON.parse(text)'],
  },
  {
    area: 'propagation',
    rule: 'a token without a signature of a known key is refused',
    before: [
      'if (!verifiers.some((verify) => verify(signed, signature)))',
      'if (verifiers.length === 0)',
    ],
  },
]
