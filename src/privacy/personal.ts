/** Characters that are looked at; no id is longer, and the caller goes through longer texts in parts. */
const LONGEST = 4096

/** What every form below has somewhere, and hardly any internal id. */
const suspicious = /[@%+.]|0x|bc1|d:|[a-z]{2}\d\d ?[a-z\d]{4}|\d[ -]\d{4}/i

/**
 * E-mail addresses (percent-encoded too, and domains in any script), but no version of a package; phone
 * numbers with `+` (E.164); EVM addresses; Bitcoin's of segregated witness; ENS names; accounts of a
 * chain as a DID; JSON web tokens. No form may begin with what is read on and on: a domain holds no
 * encoded `@`, and the first part of a token is read from its dot backwards.
 */
const personal =
  /[^\s@(<[/:](?:@|%(?:25)?40)(?!v?\d+\.\d+\.\d+-)(?:(?:[\p{L}\p{M}\p{N}-]|%[89a-f])+\.)+(?:xn--[a-z\d-]+|(?:[\p{L}\p{M}]|%[89a-f].){2,})(?![\p{L}\p{N}])|(?<![a-z\d])(?:(?:\+|%2B)[1-9](?:(?:[\s.()/-]|%2\d){0,3}\d){7,14}(?!\d)|0x[\da-f]{40}(?![\da-f])|bc1[^\W_bio1]{39}(?:[^\W_bio1]{20})?(?![a-z\d]))|[^\s./]\.eth(?!\.?\w)|did:pkh:|\.(?<=eyJ[\w-]+\.)eyJ[\w-]+\./iu

/**
 * In one piece, or in groups of four. This and a card's number are taken with what may be the last group,
 * and without: it may be another word.
 */
const iban =
  /(?<![a-z\d])(?=(([a-z]{2}\d\d(?:[a-z\d]{11,30}| [a-z\d]{4}(?: (?=[a-z]*\d)[a-z\d]{1,4}){2,7})(?![a-z\d]))(?: [a-z]{1,3}(?![a-z\d]))?))/gi

const card =
  /(?<![a-z\d])(?=(([2-69]\d{3}([ -])(?:(?:\d{4}\3){2}\d{1,4}|\d{6}\3\d{4,5})(?![a-z\d]))(?:\3\d{1,3}(?!\d))?))/gi

/**
 * Whether a text holds an identifier of a person: an e-mail address, a phone number with `+`, a wallet's
 * address, a JSON web token, an IBAN, or the number of a payment card in groups; on its own or among
 * other text. Numbers without separators and random ids are none: user_a3f9c2, UUIDs and the like.
 * Not told from such ids: Bitcoin's older addresses, Solana's, an IBAN in one piece that is letters for
 * the most part. Names of people are not found.
 */
export function looksPersonal(text: string): boolean {
  const looked = text.length > LONGEST ? text.slice(0, LONGEST) : text
  return (
    suspicious.test(looked) &&
    (personal.test(looked) || holds(looked, iban, isIban) || holds(looked, card, isCard))
  )
}

function holds(text: string, form: RegExp, isRight: (written: string) => boolean): boolean {
  return [...text.matchAll(form)].some((written) => written.some(isRight))
}

/**
 * ISO 13616: the remainder of 97 is 1. Of random ids one in 97 passes that: to be an IBAN they need blanks,
 * or more digits than such ids have, and no digits of base 16.
 */
function isIban(written: string): boolean {
  const signs = written.replaceAll(' ', '').toUpperCase()
  if (signs === written.toUpperCase()) {
    const digits = signs.replace(/\D/g, '')
    if (digits.length < 0.6 * signs.length || /^[A-F]{2}\d+[A-F]/.test(signs)) return false
  }
  const number = (signs.slice(4) + signs.slice(0, 4)).replace(/\D/g, (sign) =>
    String(Number.parseInt(sign, 36)),
  )
  return BigInt(number) % 97n === 1n
}

/** ISO/IEC 7812: Luhn's sum, in which every other digit counts double, less 9 if that has two. */
function isCard(written: string): boolean {
  const digits = written.replace(/\D/g, '')
  let sum = 0
  let isDoubled = digits.length % 2 === 0
  for (const digit of digits) {
    sum += Number(isDoubled ? '0246813579'[Number(digit)] : digit)
    isDoubled = !isDoubled
  }
  return sum > 0 && sum % 10 === 0
}
