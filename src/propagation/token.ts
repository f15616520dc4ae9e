import { createHmac, createVerify, type SecretKey, type Verify } from '../privacy/hmac.ts'
import { invalidOption, rejectUnknown } from '../invalid-option.ts'
import { decodePayload, encodePayload, type Statement } from './payload.ts'
import { RefusedAttribution } from './refused-attribution.ts'

/** Characters of a token at most: a header field, and an entry of W3C Baggage, hold 4,096. */
export const LONGEST_TOKEN = 4096

/** The clocks of two machines differ, so a token is valid this much longer. */
const CLOCK_SKEW_SECONDS = 60

/** The version, the payload, and the 43 characters of its signature. */
const FORM = /^cs1\.([\w-]+)\.([\w-]{43})$/

/** The signed text names its purpose, so that a signature made elsewhere with the same key never matches. */
function signedText(payload: string): string {
  return `costspan attribution v1\n${payload}`
}

/** How tokens are verified. */
export interface RestoreOptions {
  /**
   * The keys whose signatures are trusted: the secrets of `serializeAttribution`. To rotate keys, add the new one here
   * first, then sign with it, and remove the old one once its tokens have expired.
   */
  readonly signingKeys: readonly SecretKey[]
}

/** How tokens are verified, and how messages without one are treated. */
export interface RestoreTokenOptions extends RestoreOptions {
  /**
   * How a missing token (`undefined`, `null` or empty) is treated. `'refuse'` throws `RefusedAttribution` with the reason
   * `missing`. `'nobody'` returns an empty attribution, for the time in which a queue still holds messages that were sent
   * before tokens were in use.
   * @defaultValue `'refuse'`
   */
  readonly missing?: 'refuse' | 'nobody' | undefined
}

/** One token: `cs1.`, the payload, `.`, its signature; ASCII that needs no escape in URL and header. */
export function seal(statement: Statement, signingKey: SecretKey): string {
  const payload = encodePayload(statement)
  return `cs1.${payload}.${createHmac('signingKey', signingKey)(signedText(payload))}`
}

/**
 * The statement of a token.
 *
 * @throws RefusedAttribution if the token is not trusted.
 */
export function unseal(token: unknown, verifiers: readonly Verify[]): Statement {
  if (isMissing(token)) throw new RefusedAttribution('missing')
  // No token that this version makes is longer.
  if (typeof token !== 'string' || token.length > LONGEST_TOKEN) {
    throw new RefusedAttribution('malformed')
  }
  const [, payload, signature] = FORM.exec(token) ?? []
  if (payload === undefined || signature === undefined) throw new RefusedAttribution('malformed')
  const signed = signedText(payload)
  if (!verifiers.some((verify) => verify(signed, signature))) throw new RefusedAttribution('forged')
  const statement = decodePayload(payload)
  if (statement === undefined) throw new RefusedAttribution('malformed')
  if (Date.now() / 1000 > statement.expiresAt + CLOCK_SKEW_SECONDS) {
    throw new RefusedAttribution('expired')
  }
  return statement
}

/** Whether a message came without a token. */
export function isMissing(token: unknown): boolean {
  return token === undefined || token === null || token === ''
}

/**
 * The verifiers of the keys.
 *
 * @throws TypeError if the options are malformed; a key is in no message.
 */
export function verifiersOf(options: RestoreOptions): readonly Verify[] {
  if (typeof options !== 'object' || options === null) throw invalidOption('options', 'an object')
  rejectUnknown(options, 'options', ['signingKeys'])
  const { signingKeys } = options
  if (!Array.isArray(signingKeys) || signingKeys.length === 0) {
    throw invalidOption('signingKeys', 'an array of one key at least')
  }
  return signingKeys.map((key: SecretKey, index) => createVerify(`signingKeys[${index}]`, key))
}
