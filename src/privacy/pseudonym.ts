import { createHmac, type SecretKey } from './hmac.ts'

/** Returns a stable pseudonym of an id. It can be computed again with the key, and not be reversed. */
export type Pseudonymize = (id: string) => string

const PSEUDONYM = /^pn_[\w-]{6}_[\w-]{22}$/

/** Whether a text has the form of a pseudonym of {@link createPseudonymizer}. */
export function isPseudonym(text: string): boolean {
  return text.length === 32 && PSEUDONYM.test(text)
}

/**
 * Computes pseudonyms by HMAC-SHA256: `pn_`, six characters that identify the key, `_` and 128 bits. The same key gives
 * the same pseudonym in every process; after a change of keys the six characters show which key was used.
 *
 * @throws TypeError if the key is no key, or shorter than 16 bytes.
 */
export function createPseudonymizer(option: string, key: SecretKey): Pseudonymize {
  const hmac = createHmac(option, key)
  const keyName = hmac('costspan key name').slice(0, 6)
  return (id) => `pn_${keyName}_${hmac(`costspan id ${id}`).slice(0, 22)}`
}
