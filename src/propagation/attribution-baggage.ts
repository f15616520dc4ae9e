import { context, propagation } from '@opentelemetry/api'
import type { AttributionInput } from '../attribution/boundary.ts'
import { baggageOf } from '../attribution/baggage.ts'
import { invalidOption } from '../invalid-option.ts'
import { Reporter } from '../warnings/reporter.ts'
import { RefusedAttribution } from './refused-attribution.ts'
import { restoreBy } from './restore-attribution.ts'
import { serialize, type SerializeOptions } from './serialize-attribution.ts'
import { LONGEST_TOKEN, verifiersOf, type RestoreOptions } from './token.ts'

const ENTRY = 'costspan.attribution'

/** W3C propagators drop an entry of more than 4,096 characters, its name and `=` included. */
const LONGEST_ENTRY = LONGEST_TOKEN - ENTRY.length - 1

/** A header is used at once; whoever sees it should not have it for a week. */
const HOUR_SECONDS = 3600

/**
 * Runs `run` with the payer, as a signed token, in the W3C Baggage of the active context, beside what is
 * there. Where a `W3CBaggagePropagator` is registered, as most set-ups do, every request that
 * instrumented code sends inside carries it in its `baggage` header; the service that gets it asks
 * `attributionFromBaggage`.
 *
 * **The header goes to every host that is called inside**, model providers and other third parties
 * included. It is signed, not encrypted: they can read the ids in it, and send it to you again until it
 * expires. So open it around calls to services of your own, and around nothing else, and give `privacy` a
 * key for pseudonyms. Whoever gets it sends it on to what it calls in turn, and processors that copy
 * baggage onto spans copy it, unless the entry is taken out of the context:
 * `propagation.getBaggage(from)?.removeEntry('costspan.attribution')`.
 *
 * @param options as of `serializeAttribution`; `expiresInSeconds` is an hour by default.
 * @throws TypeError if an option is malformed, or the token would be too long for a baggage entry.
 * @throws Error if the runtime has no `node:crypto`.
 *
 * @example
 * await withAttributionBaggage({ signingKey, privacy }, () => fetch('http://summaries.internal/'))
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

const reporter = new Reporter()

/**
 * The payer in the W3C Baggage of the active context, which is that of the request where an HTTP
 * instrumentation, or the application, has extracted it; for `withAttribution`, or as what an adapter
 * of `costspan/middleware` is given. Believed only if it is signed and has not expired: what a stranger
 * sends is nobody, with one warning for each reason, and never an error.
 *
 * @returns `undefined` if there is none that is believed.
 * @throws TypeError if an option is malformed.
 * @throws Error if the runtime has no `node:crypto`.
 *
 * @example
 * app.use(expressAttribution(() => attributionFromBaggage({ signingKeys })))
 */
export function attributionFromBaggage(options: RestoreOptions): AttributionInput | undefined {
  const verifiers = verifiersOf(options)
  const entry = baggageOf(context.active())?.get(ENTRY)
  if (entry === undefined) return undefined
  try {
    return restoreBy(verifiers, entry)
  } catch (error) {
    if (!(error instanceof RefusedAttribution)) throw error
    reporter.warn(
      error.reason,
      () => `${error.message}; it came as W3C Baggage, and its calls are nobody's. Said once.`,
    )
    return undefined
  }
}
