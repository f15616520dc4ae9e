import { invalidOption } from '../invalid-option.ts'

/** A secret of at least 16 characters or bytes. 32 random bytes, as bytes or encoded as text, are a good choice. */
export type SecretKey = string | Uint8Array

/** Shorter ones can be guessed. */
const SHORTEST_KEY = 16

/** The part of `node:crypto` that is used. */
interface Crypto {
  createHmac(
    algorithm: 'sha256',
    key: SecretKey,
  ): { update(text: string): { digest(encoding: 'base64url'): string; digest(): Uint8Array } }
  timingSafeEqual(one: Uint8Array, other: Uint8Array): boolean
}

/** HMAC-SHA256 of a text by one key, as base64url: 43 characters. */
export type Hmac = (text: string) => string

/**
 * The synchronous HMAC of the runtime, because a span hook cannot await a promise. It is loaded at run time, so that a
 * bundle for a runtime without it still builds (docs/decisions/0012).
 *
 * @throws TypeError if the key is no key, or too short; the value is in no message.
 * @throws Error if the runtime has no `node:crypto`.
 */
export function createHmac(option: string, key: SecretKey): Hmac {
  assertKey(option, key)
  const crypto = nodeCrypto(option)
  return (text) => crypto.createHmac('sha256', key).update(text).digest('base64url')
}

/** Whether a signature is the HMAC of a text, in a time that does not depend on how much of it matches. */
export type Verify = (text: string, signature: string) => boolean

/**
 * The counterpart of {@link createHmac}. It compares the HMACs of both signatures: these have the same length, and
 * cannot be predicted without the key.
 *
 * @throws as `createHmac` does.
 */
export function createVerify(option: string, key: SecretKey): Verify {
  const hmac = createHmac(option, key)
  const crypto = nodeCrypto(option)
  const digest = (text: string): Uint8Array =>
    crypto.createHmac('sha256', key).update(text).digest()
  return (text, signature) => crypto.timingSafeEqual(digest(hmac(text)), digest(signature))
}

/** Whether two keys produce the same signatures, also if one is a text and the other the same as bytes. */
export function isSameKey(
  [option, key]: readonly [option: string, key: SecretKey],
  [otherOption, otherKey]: readonly [option: string, key: SecretKey],
): boolean {
  return createVerify(option, key)('', createHmac(otherOption, otherKey)(''))
}

function assertKey(option: string, key: unknown): asserts key is SecretKey {
  if (typeof key !== 'string' && !(key instanceof Uint8Array)) {
    throw invalidOption(option, `a key: text or bytes, got ${key === null ? 'null' : typeof key}`)
  }
  if (key.length < SHORTEST_KEY) {
    throw invalidOption(
      option,
      `a key of ${SHORTEST_KEY} characters or bytes at least, got one of ${key.length}`,
    )
  }
}

function nodeCrypto(option: string): Crypto {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): unknown }
  }
  const crypto = process?.getBuiltinModule?.('node:crypto') as Crypto | undefined
  if (crypto === undefined) {
    throw new Error(`${option} needs node:crypto, which this runtime does not have`)
  }
  return crypto
}
