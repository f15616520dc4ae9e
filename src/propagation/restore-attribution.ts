import { toPublicAttribution } from '../attribution/attribution.ts'
import type { AttributionInput } from '../attribution/boundary.ts'
import type { Verify } from '../privacy/hmac.ts'
import { invalidOption, isRecord } from '../invalid-option.ts'
import { isMissing, unseal, verifiersOf, type RestoreTokenOptions } from './token.ts'

/**
 * What a token of `serializeAttribution` says, for `withAttribution`. It is believed if one of the keys
 * signed it and it has not expired, by a minute's grace for clocks that differ. It may be read more than
 * once: a queue that delivers twice has the work paid twice by the same user.
 *
 * @throws RefusedAttribution if it is not believed; its `reason` and message name no value. Of a message without a
 * token the reason is `missing`, unless the option of that name says that it means nobody.
 * @throws TypeError if an option is malformed.
 * @throws Error if the runtime has no `node:crypto`.
 *
 * @example
 * await withAttribution(restoreAttribution(message.attribution, { signingKeys }), () =>
 *   generateText({ model, prompt: message.document }),
 * )
 */
export function restoreAttribution(token: unknown, options: RestoreTokenOptions): AttributionInput {
  if (!isRecord(options)) throw invalidOption('options', 'an object', options)
  const { missing = 'refuse', ...others } = options
  if (missing !== 'refuse' && missing !== 'nobody') {
    throw invalidOption('missing', "'refuse' or 'nobody'", missing)
  }
  const verifiers = verifiersOf(others)
  return missing === 'nobody' && isMissing(token) ? {} : restoreBy(verifiers, token)
}

/** The same with what verifies. */
export function restoreBy(verifiers: readonly Verify[], token: unknown): AttributionInput {
  return toPublicAttribution(unseal(token, verifiers).attribution)
}
