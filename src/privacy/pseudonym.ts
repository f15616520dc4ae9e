import { createHmac, type SecretKey } from './hmac.ts'

/** A stable stand-in for an id: whoever has the key can make it again, nobody can turn it back. */
export type Pseudonymize = (id: string) => string

const PSEUDONYM = /^pn_[\w-]{6}_[\w-]{22}$/

/** Whether a text has the form of what {@link createPseudonymizer} makes. */
export function isPseudonym(text: string): boolean {
  return text.length === 32 && PSEUDONYM.test(text)
}

/**
 * Makes pseudonyms by HMAC-SHA256: `pn_`, six characters that name the key, `_` and 128 bits. The same
 * key gives the same pseudonym in every process; after a change of keys the six characters tell which is which.
 *
 * @throws TypeError if the key is no key, or shorter than 16 bytes.
 */
export function createPseudonymizer(option: string, key: SecretKey): Pseudonymize {
  const hmac = createHmac(option, key)
  const keyName = hmac('costspan key name').slice(0, 6)
  return (id) => `pn_${keyName}_${hmac(`costspan id ${id}`).slice(0, 22)}`
}
