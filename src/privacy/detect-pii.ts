/** Characters that are searched. No id is longer, and the caller searches longer texts in parts. */
const LONGEST = 4096

/** Every form below contains one of these, and hardly any internal id does. */
const suspicious =
  /[@%+.]|0x|bc1|d:|tel:|sms:|callto:|(?<![a-z\d])00[1-9]|[a-z]{2}\d\d ?[a-z\d]{4}|\d[ -]\d{4}/i

/**
 * E-mail addresses (percent-encoded too, and domains in any script), but not the version of a package; phone
 * numbers with `+` (E.164); EVM addresses; Bitcoin addresses of segregated witness; ENS names; blockchain accounts
 * as a DID; JSON web tokens. No form begins with an unbounded repetition, which would take quadratic time: a domain
 * holds no encoded `@`, and the first part of a token is matched backwards from its dot.
 */
const personal =
  /[^\s@(<[/:](?:@|%(?:25)?40)(?!v?\d+\.\d+\.\d+-)(?:(?:[\p{L}\p{M}\p{N}-]|%[89a-f])+\.)+(?:xn--[a-z\d-]+|(?:[\p{L}\p{M}]|%[89a-f].){2,})(?![\p{L}\p{N}])|(?<![a-z\d])(?:(?:\+|%2B)[1-9](?:(?:[\s.()/-]|%2\d){0,3}\d){7,14}(?!\d)|0x[\da-f]{40}(?![\da-f])|bc1[^\W_bio1]{39}(?:[^\W_bio1]{20})?(?![a-z\d]))|[^\s./]\.eth(?!\.?\w)|did:pkh:|\.(?<=eyJ[\w-]+\.)eyJ[\w-]+\./iu

/**
 * An IBAN in one piece, or in groups of four. This and a card number are checked with a possible last group and
 * without it, for that group may be the next word.
 */
const iban =
  /(?<![a-z\d])(?=(([a-z]{2}\d\d(?:[a-z\d]{11,30}| [a-z\d]{4}(?: (?=[a-z]*\d)[a-z\d]{1,4}){2,7})(?![a-z\d]))(?: [a-z]{1,3}(?![a-z\d]))?))/gi

const card =
  /(?<![a-z\d])(?=(([2-69]\d{3}([ -])(?:(?:\d{4}\3){2}\d{1,4}|\d{6}\3\d{4,5})(?![a-z\d]))(?:\3\d{1,3}(?!\d))?))/gi

/** `ada@[10.0.0.1]` of RFC 5321, and the same without brackets, except for accounts of machines. */
const atAddress =
  /[^\s@(<[/:]@\[(?:ipv6:)?[\da-f.:]{2,45}\]|(?<![\w.-])(?!(?:admin|administrator|app|centos|db|debian|deploy|deployer|docker|ec2-user|ftp|git|guest|host|jenkins|job|mysql|no(?:body|de)|pi|postgres|redis|root|server|service|ssh|svc|system|test|ubuntu|user|worker|www-data)@)[a-z][\w.-]{0,63}@(?:\d{1,3}\.){3}\d{1,3}(?![.\w-])/i

/** A number with a URI scheme for calls or messages. */
const dialled = /(?<![a-z])(?:callto|sms|tel):\/{0,2}(?:[\s().-]?\d){7,15}(?!\d)/i

/** `0041…`. It looks like a counter with leading zeros, so it must also have the form of a number of its country. */
const with00 = /(?<![a-z\d])00[1-9]\d?(?:[\s()./-]{0,3}\d){6,13}(?!\w)/gi

/** Country and national number, of mobile phones, and of all phones where all have one length; ordered by that length. */
const national =
  /^(?:1[2-9]\d\d[2-9]\d{6}|(?:20[12]|302|44[127]|7[3-9]|861[3-9]|905|91[6-9])\d{9}|(?:27[678]|3069|316|324|33[1-79]|34[67]|351[29]|40[237]|41[2-7]|420[2-7]|467|48[4-8]|55[1-9]\d9|61[2-478]|81[789]0|82(?:10|2)|84[35789]|380[3-9]|97[12]5)\d{8}|(?:353[18]|358[45])\d{7,8}|(?:3[89]3|491[567])\d{8,9}|436\d{8,11}|(?:45[2-9]|47[49]|65[3689])\d{7}|4930\d{6,8}|49[2-9]\d{8,10}|52\d{10}|642\d{7,9})$/

/**
 * Whether a text holds an identifier of a person: an e-mail address, a phone number with `+` or `00`, a
 * wallet address, a JSON web token, an IBAN, or the number of a payment card in groups. It may be alone or within
 * other text, in other character widths, with invisible characters, with HTML entities, or in base64. Numbers
 * without separators and random ids (`user_a3f9c2`, UUIDs) are not personal.
 *
 * Not detected, because they look like random ids: older Bitcoin addresses, Solana addresses, and an IBAN in one piece
 * that consists mostly of letters. Names of people are not detected.
 */
export function looksPersonal(text: string): boolean {
  const looked = text.length > LONGEST ? text.slice(0, LONGEST) : text
  return (
    isPersonal(looked) ||
    (disguised.test(looked) && isPersonalDisguised(looked)) ||
    (base64.test(looked) && isEncoded(looked))
  )
}

function isPersonal(text: string): boolean {
  return (
    suspicious.test(text) &&
    (personal.test(text) ||
      atAddress.test(text) ||
      dialled.test(text) ||
      holds(text, with00, isPhone) ||
      holds(text, iban, isIban) ||
      holds(text, card, isCard))
  )
}

/** Characters beyond ASCII, and ASCII that encodes another character. */
// eslint-disable-next-line no-control-regex
const disguised = /[^\0-\x7f]|&(?:#|commat|period|plus)|\\u00|[([{]\s?(?:at|dot)\s?[)\]}]/i

/** Characters without a width, and those that only modify the one before. */
const unseen = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu

/** A text that normalisation makes many times as long is treated as personal without a search: it may hide an id. */
function isPersonalDisguised(text: string): boolean {
  const plain = text.normalize('NFKC')
  return plain.length > 2 * LONGEST || isPersonal(undisguised(plain))
}

/** The text as a reader or a mail program understands it. */
function undisguised(text: string): string {
  return text
    .replace(unseen, '')
    .replace(/\\u00([2-7][\da-f])/gi, (_, code: string) => signOf(code, 16))
    .replace(
      /&#(?:x0{0,4}([2-7][\da-f])|0{0,4}(\d{2,3}));?/gi,
      (_, hex?: string, decimal?: string) =>
        hex === undefined ? signOf(decimal ?? '', 10) : signOf(hex, 16),
    )
    .replace(/&commat;?/gi, '@')
    .replace(/&period;?/gi, '.')
    .replace(/&plus;?/gi, '+')
    .replace(/\s?[([{]\s?at\s?[)\]}]\s?/gi, '@')
    .replace(/\s?[([{]\s?dot\s?[)\]}]\s?/gi, '.')
    .replace(/[\u00b7\u2024\u2027\u2219\u22c5\u3002\u30fb\uff61\u06d4\u0701\u0702]/g, '.')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[^\P{Nd}\d]/gu, digitOf)
}

function signOf(code: string, base: number): string {
  const point = Number.parseInt(code, base)
  return point < 128 ? String.fromCharCode(point) : ' '
}

/** The digits of a script follow one another, from its zero on. */
function digitOf(digit: string): string {
  let value = 0
  const point = digit.codePointAt(0) ?? 0
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(point - value - 1))) value++
  return String(value)
}

/** A whole text; a shorter one encodes no address. */
const base64 = /^[\w+/-]{12,344}={0,2}$/

/** Every runtime has it; the library is compiled without the types of any. */
declare function atob(base64: string): string

/** Whether a text is an e-mail address in base64. A random id decodes to no printable text. */
function isEncoded(text: string): boolean {
  const digits = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
  try {
    // A text that was cut may end in a digit that makes no byte.
    const decoded = atob(digits.length % 4 === 1 ? digits.slice(0, -1) : digits)
    return decoded.includes('@') && /^[ -~]+$/.test(decoded) && personal.test(decoded)
  } catch {
    return false
  }
}

function holds(text: string, form: RegExp, isRight: (written: string) => boolean): boolean {
  for (const written of text.matchAll(form)) if (written.some(isRight)) return true
  return false
}

function isPhone(written: string): boolean {
  return national.test(written.replace(/\D/g, '').slice(2))
}

/**
 * ISO 13616: the remainder of 97 is 1. One random id in 97 passes that, so an IBAN also needs blanks, or more digits
 * than such ids have and no hexadecimal form.
 */
function isIban(written: string): boolean {
  // First, because 96 of 97 other texts fail it.
  if (remainderOf(written) !== 1) return false
  const signs = written.replaceAll(' ', '').toUpperCase()
  if (signs !== written.toUpperCase()) return true
  const digits = signs.replace(/\D/g, '')
  return digits.length >= 0.6 * signs.length && !/^[A-F]{2}\d+[A-F]/.test(signs)
}

/** The remainder of 97, with the first four characters moved to the end, and letters as 10 to 35. Those four are no blanks. */
function remainderOf(written: string): number {
  let remainder = 0
  for (let index = 0; index < written.length; index++) {
    const code = written.charCodeAt((index + 4) % written.length)
    if (code === 32) continue
    const value = code < 58 ? code - 48 : (code | 32) - 87
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
  }
  return remainder
}

/** ISO/IEC 7812: the Luhn sum. Every other digit counts double, less 9 where the double has two digits. */
function isCard(written: string): boolean {
  let sum = 0
  let isDoubled = false
  for (let index = written.length - 1; index >= 0; index--) {
    const digit = written.charCodeAt(index) - 48
    if (digit < 0 || digit > 9) continue
    const doubled = digit > 4 ? 2 * digit - 9 : 2 * digit
    sum += isDoubled ? doubled : digit
    isDoubled = !isDoubled
  }
  return sum > 0 && sum % 10 === 0
}
