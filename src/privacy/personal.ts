/** Characters that are looked at; no id is longer, and the caller goes through longer texts in parts. */
const LONGEST = 4096

/** What every form below has somewhere, and hardly any internal id. */
const suspicious = /[@%+.]|0x|bc1|\d[ -]\d|[A-Z]{2}\d\d/i

/**
 * E-mail addresses (`%40` too, and domains in any script); phone numbers with `+` (E.164); EVM addresses;
 * Bitcoin's of segregated witness; ENS names; JSON web tokens.
 */
const personal =
  /[^\s@(<[](?:@|%40)(?:[\p{L}\p{N}-]+\.)+(?:xn--[a-z\d-]+|\p{L}{2,})(?![\p{L}\p{N}])|(?<![\w+/=])(?:\+|%2B)[1-9](?:[ .()/-]{0,3}\d){7,14}(?!\d)|0x[\da-f]{40}(?![\da-f])|\bbc1(?:[ac-hj-np-z02-9]{39}|[ac-hj-np-z02-9]{59})\b|[\p{L}\d-]\.eth(?![\w.])|(?<![\w-])eyJ[\w-]+\.eyJ[\w-]+\./iu

/** As banks write it: in capitals, in one piece or in groups. */
const iban = /(?<![A-Z\d])[A-Z]{2}\d{2}(?: ?[A-Z\d]){11,30}(?![A-Z\d])/g

const card =
  /(?<![\w-])(?:(?:\d{4}[ -]){3}\d{1,4}(?:[ -]\d{1,3})?|\d{4}[ -]\d{6}[ -]\d{4,5})(?![\w-])/g

/**
 * Whether a text holds an identifier of a person: an e-mail address, a phone number with `+`, a wallet's
 * address, a JSON web token, an IBAN, or the number of a payment card in groups; on its own or among
 * other text. Numbers without separators and random ids are none: user_a3f9c2, UUIDs and the like.
 * Not told from such ids: Bitcoin's older addresses, Solana's, an IBAN in small letters.
 */
export function looksPersonal(text: string): boolean {
  const looked = text.length > LONGEST ? text.slice(0, LONGEST) : text
  return (
    suspicious.test(looked) &&
    (personal.test(looked) ||
      (looked.match(iban) ?? []).some(isIban) ||
      (looked.match(card) ?? []).some(isCard))
  )
}

/** ISO 13616: the remainder of 97 is 1. An id that happens to pass has fewer digits. */
function isIban(written: string): boolean {
  const text = written.replaceAll(' ', '')
  if (text.replace(/\D/g, '').length * 2 < text.length) return false
  let remainder = 0
  for (const sign of text.slice(4) + text.slice(0, 4)) {
    const value = Number.parseInt(sign, 36)
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
  }
  return remainder === 1
}

/** ISO/IEC 7812: Luhn's sum. */
function isCard(written: string): boolean {
  const digits = written.replace(/\D/g, '')
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index])
    const doubled = index % 2 === 0 ? digit : digit * 2
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return digits.length >= 13 && sum % 10 === 0
}
