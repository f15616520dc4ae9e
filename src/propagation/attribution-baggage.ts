import { context, propagation } from '@opentelemetry/api'
import type { AttributionInput } from '../attribution/boundary.ts'
import { baggageOf } from '../attribution/baggage.ts'
import { invalidOption } from '../invalid-option.ts'
import { warnOnce } from '../warnings/reporter.ts'
import { RefusedAttribution } from './refused-attribution.ts'
import { restoreBy } from './restore-attribution.ts'
import { serialize, type SerializeOptions } from './serialize-attribution.ts'
import { LONGEST_TOKEN, verifiersOf, type RestoreOptions } from './token.ts'

const ENTRY = 'costspan.attribution'

/** W3C propagators drop an entry of more than 4,096 characters, its name and `=` included. */
const LONGEST_ENTRY = LONGEST_TOKEN - ENTRY.length - 1

/** A header is used at once, and should not be valid for longer in the logs of other parties. */
const HOUR_SECONDS = 3600

/**
 * Runs `run` with the attribution, as a signed token, in the W3C Baggage of the active context, beside its other entries.
 * Where a `W3CBaggagePropagator` is registered, as in most set-ups, every request that instrumented code sends inside
 * carries the token in its `baggage` header; the service that receives it calls `attributionFromBaggage`.
 *
 * **The header goes to every host that is called inside**, model providers and other third parties
 * included. It is signed, not encrypted: they can read the ids in it, and send it to you again until it
 * expires. Use it around calls to your own services only, and give `privacy` a key for pseudonyms. A service that
 * receives the token forwards it in its own calls, and processors that copy baggage onto spans copy it, unless the entry
 * is removed from the context:
 * `propagation.getBaggage(from)?.removeEntry('costspan.attribution')`.
 *
 * @typeParam Result what `run` returns, such as a promise.
 * @param options as of `serializeAttribution`; `expiresInSeconds` is an hour by default.
 * @param run is called once, at once.
 * @returns what `run` returns.
 * @throws TypeError if an option is malformed, or the token would be too long for a baggage entry.
 * @throws Error if the runtime has no `node:crypto`.
 *
 * @example
 * ```ts
 * import { withAttributionBaggage } from 'costspan/propagation'
 *
 * const signingKey = process.env.COSTSPAN_SIGNING_KEY ?? ''
 * const privacy = { pseudonymize: { key: process.env.COSTSPAN_PSEUDONYM_KEY ?? '' } }
 * await withAttributionBaggage({ signingKey, privacy }, () => fetch('http://summaries.internal/'))
 * ```
 */
export function withAttributionBaggage<Result>(
  options: SerializeOptions,
  run: () => Result,
): Result {
  if (typeof run !== 'function') throw invalidOption('run', 'a function', run)
  const token = serialize(options, HOUR_SECONDS, LONGEST_ENTRY)
  const active = context.active()
  const baggage = propagation.getBaggage(active) ?? propagation.createBaggage()
  return context.with(
    propagation.setBaggage(active, baggage.setEntry(ENTRY, { value: token })),
    run,
  )
}

/**
 * The attribution in the W3C Baggage of the active context, which is that of the request where an HTTP instrumentation or
 * the application has extracted it. Pass it to `withAttribution`, or return it from the function of a middleware of
 * `costspan/middleware`. It is trusted only if it is signed and has not expired: any other token is ignored, with one
 * warning for each reason, and never an error.
 *
 * @returns `undefined` if there is no trusted token.
 * @throws TypeError if an option is malformed.
 * @throws Error if the runtime has no `node:crypto`.
 *
 * @example
 * ```ts
 * import { expressAttribution } from 'costspan/middleware'
 * import { attributionFromBaggage } from 'costspan/propagation'
 * import express from 'express'
 *
 * const app = express()
 * const signingKeys = [process.env.COSTSPAN_SIGNING_KEY ?? '']
 * app.use(expressAttribution(() => attributionFromBaggage({ signingKeys })))
 * ```
 */
export function attributionFromBaggage(options: RestoreOptions): AttributionInput | undefined {
  const verifiers = verifiersOf(options)
  const entry = baggageOf(context.active())?.get(ENTRY)
  if (entry === undefined) return undefined
  try {
    return restoreBy(verifiers, entry)
  } catch (error) {
    if (!(error instanceof RefusedAttribution)) throw error
    warnOnce(
      `baggage ${error.reason}`,
      () =>
        `${error.message}; it came as W3C Baggage, and its calls are unattributed. Printed once.`,
    )
    return undefined
  }
}
