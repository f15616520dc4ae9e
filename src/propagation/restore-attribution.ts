import { toPublicAttribution } from '../attribution/attribution.ts'
import type { AttributionInput } from '../attribution/boundary.ts'
import type { Verify } from '../privacy/hmac.ts'
import { invalidOption, isRecord } from '../invalid-option.ts'
import { isMissing, unseal, verifiersOf, type RestoreTokenOptions } from './token.ts'

/**
 * The attribution in a token of `serializeAttribution`, for `withAttribution`. The token is trusted if one of the keys
 * signed it and it has not expired, with a tolerance of a minute for clocks that differ. It may be read more than once:
 * if a queue delivers a message twice, the same user is charged twice.
 *
 * @param token what the message has in the place of the token, of any type.
 * @throws RefusedAttribution if the token is not trusted; its `reason` and message contain no value. Without a token the
 * reason is `missing`, unless the option `missing` is `'nobody'`.
 * @throws TypeError if an option is malformed.
 * @throws Error if the runtime has no `node:crypto`.
 *
 * @example
 * ```ts
 * import { openai } from '@ai-sdk/openai'
 * import { generateText } from 'ai'
 * import { withAttribution } from 'costspan'
 * import { restoreAttribution } from 'costspan/propagation'
 *
 * const signingKeys = [process.env.COSTSPAN_SIGNING_KEY ?? '']
 *
 * export async function summarise(message: { document: string; attribution?: string }) {
 *   return withAttribution(restoreAttribution(message.attribution, { signingKeys }), () =>
 *     generateText({ model: openai('gpt-4o'), prompt: message.document }),
 *   )
 * }
 * ```
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

/** As `restoreAttribution`, with verifiers. */
export function restoreBy(verifiers: readonly Verify[], token: unknown): AttributionInput {
  return toPublicAttribution(unseal(token, verifiers).attribution)
}
