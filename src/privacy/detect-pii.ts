/** Characters that are looked at; no id is longer, and the caller goes through longer texts in parts. */
const LONGEST = 4096

/** What every form below has somewhere, and hardly any internal id. */
const suspicious =
  /[@%+.]|0x|bc1|d:|tel:|sms:|callto:|(?<![a-z\d])00[1-9]|[a-z]{2}\d\d ?[a-z\d]{4}|\d[ -]\d{4}/i

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

/** `ada@[10.0.0.1]` of RFC 5321, and the same without brackets but for accounts of machines. */
const atAddress =
  /[^\s@(<[/:]@\[(?:ipv6:)?[\da-f.:]{2,45}\]|(?<![\w.-])(?!(?:admin|administrator|app|centos|db|debian|deploy|deployer|docker|ec2-user|ftp|git|guest|host|jenkins|job|mysql|node|nobody|pi|postgres|redis|root|server|service|ssh|svc|system|test|ubuntu|user|worker|www-data)@)[a-z][\w.-]{0,63}@(?:\d{1,3}\.){3}\d{1,3}(?![.\w-])/i

/** A number behind the name of a service for calls. */
const dialled = /(?<![a-z])(?:callto|sms|tel):\/{0,2}(?:[\s().-]?\d){7,15}(?!\d)/i

/** `0041…`: it begins like a counter with zeros before it, so it has to have the form that a country's numbers have. */
const with00 = /(?<![a-z\d])00[1-9]\d?(?:[\s()./-]{0,3}\d){6,13}(?!\w)/gi

/** Numbers of mobile phones, and of all phones where they have one length: country and national number. */
const national =
  /^(?:1[2-9]\d\d[2-9]\d{6}|20[12]\d{9}|27[678]\d{8}|30(?:69\d{8}|2\d{9})|316\d{8}|324\d{8}|33[1-79]\d{8}|34[67]\d{8}|351[29]\d{8}|353[18]\d{7,8}|358[45]\d{7,8}|3[89]3\d{8,9}|40[237]\d{8}|41[2-7]\d{8}|420[2-7]\d{8}|436\d{8,11}|447\d{9}|44[12]\d{9}|45[2-9]\d{7}|46[7]\d{8}|47[49]\d{7}|48[4-8]\d{8}|491[567]\d{8,9}|4930\d{6,8}|49[2-9]\d{8,10}|52\d{10}|55[1-9]\d9\d{8}|61[2-478]\d{8}|64[2]\d{7,9}|65[3689]\d{7}|7[3-9]\d{9}|81[789]0\d{8}|82(?:10|2)\d{8}|84[35789]\d{8}|861[3-9]\d{9}|905\d{9}|91[6-9]\d{9}|380[3-9]\d{8}|9715\d{8}|9725\d{8})$/

/**
 * Whether a text holds an identifier of a person: an e-mail address, a phone number with `+` or `00`, a
 * wallet's address, a JSON web token, an IBAN, or the number of a payment card in groups; on its own or among
 * other text, also in other widths, with signs that are not seen, by entities of HTML, or as base64. Numbers
 * without separators and random ids are none: user_a3f9c2, UUIDs and the like.
 * Not told from such ids: Bitcoin's older addresses, Solana's, an IBAN in one piece that is letters for
 * the most part. Names of people are not found.
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

/** Letters beyond ASCII, and ASCII that stands for another sign. */
// eslint-disable-next-line no-control-regex
const disguised = /[^\0-\x7f]|&(?:#|commat|period|plus)|\\u00|[([{]\s?(?:at|dot)\s?[)\]}]/i

/** Signs that take no room, and those that only change what is before them. */
const unseen = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu

/** In the order of their code points: the zeros of other digits that NFKC leaves as they are. */
const zeros = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50,
  0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810,
]

/** A text that becomes many times as long is not searched: it is no id, and it may hide one. */
function isPersonalDisguised(text: string): boolean {
  const plain = text.normalize('NFKC')
  return plain.length > 2 * LONGEST || isPersonal(undisguised(plain))
}

/** The same text as a reader, or a mail program, takes it. */
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
    .replace(/\p{Nd}/gu, digitOf)
}

function signOf(code: string, base: number): string {
  const point = Number.parseInt(code, base)
  return point < 128 ? String.fromCharCode(point) : ' '
}

function digitOf(digit: string): string {
  const point = digit.codePointAt(0) ?? 0
  const zero = point < 128 ? undefined : zeros.findLast((each) => each <= point)
  return zero === undefined || point > zero + 9 ? digit : String(point - zero)
}

/** A whole text; a shorter one is no address. */
const base64 = /^[\w+/-]{12,344}={0,2}$/

/** Whether a text is an e-mail address in base64. Of a random id the first signs decode to no text. */
function isEncoded(text: string): boolean {
  let decoded = ''
  let bits = 0
  let buffer = 0
  for (const sign of text) {
    if (sign === '=') break
    buffer = ((buffer << 6) | valueOf64(sign.charCodeAt(0))) & 0xfff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    const code = (buffer >> bits) & 0xff
    if (code < 0x20 || code > 0x7e) return false
    decoded += String.fromCharCode(code)
  }
  return decoded.includes('@') && personal.test(decoded)
}

function valueOf64(code: number): number {
  if (code >= 97) return code - 71 // a to z
  if (code >= 65) return code === 95 ? 63 : code - 65 // A to Z, and `_`
  if (code >= 48) return code + 4 // 0 to 9
  return code === 47 ? 63 : 62 // `/`, or `+` and `-`
}

function holds(text: string, form: RegExp, isRight: (written: string) => boolean): boolean {
  for (const written of text.matchAll(form)) if (written.some(isRight)) return true
  return false
}

function isPhone(written: string): boolean {
  return national.test(written.replace(/\D/g, '').slice(2))
}

/**
 * ISO 13616: the remainder of 97 is 1. Of random ids one in 97 passes that: to be an IBAN they need blanks,
 * or more digits than such ids have, and no digits of base 16.
 */
function isIban(written: string): boolean {
  // The remainder first: of texts that are none it leaves one in 97.
  if (remainderOf(written) !== 1) return false
  const signs = written.replaceAll(' ', '').toUpperCase()
  if (signs !== written.toUpperCase()) return true
  const digits = signs.replace(/\D/g, '')
  return digits.length >= 0.6 * signs.length && !/^[A-F]{2}\d+[A-F]/.test(signs)
}

/** Of 97, with the first four signs last, and letters as 10 to 35. Country and check digits hold no blank. */
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

/** ISO/IEC 7812: Luhn's sum, in which every other digit counts double, less 9 if that has two. */
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
