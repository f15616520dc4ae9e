import { context, trace } from '@opentelemetry/api'
import type { StatedAttribution } from '../attribution/attribution.ts'
import { baggageOf } from '../attribution/baggage.ts'
import { boundaryOf, validated, type AttributionInput } from '../attribution/boundary.ts'
import { inheritedAttribution } from '../attribution/resolve.ts'
import { statedAttribution } from '../attribution/stated-attribution.ts'
import { invalidOption, rejectUnknown } from '../invalid-option.ts'
import { isSameKey, type SecretKey } from '../privacy/hmac.ts'
import { createRedactor, type PrivacyOptions, type Redactor } from '../privacy/redactor.ts'
import { attributionAt } from '../processor/attribution-at.ts'
import { warnOnce } from '../warnings/reporter.ts'
import type { SpanLike } from '../span/span.ts'
import { LONGEST_TOKEN, seal } from './token.ts'

const DAY_SECONDS = 86_400

/** A year: a longer time is as good as no limit. */
const LONGEST_SECONDS = 365 * DAY_SECONDS

/** How a token is made. */
export interface SerializeOptions {
  /**
   * The secret that signs, of 16 bytes at least, such as 32 random bytes encoded as text. The receiver has it among its
   * `signingKeys`. It must differ from the key of pseudonyms.
   */
  readonly signingKey: SecretKey
  /**
   * For how many seconds the token is valid, a year at most. Choose the time that messages may wait: a reader can use
   * the token again until it expires. By default a token is valid for seven days, as Kafka and Google Pub/Sub keep a
   * message by default (Amazon SQS can keep it for 14); one of `withAttributionBaggage` for an hour.
   * @defaultValue `604800`
   */
  readonly expiresInSeconds?: number | undefined
  /** The attribution to serialize, instead of the active one. */
  readonly attribution?: AttributionInput | undefined
  /**
   * How ids are treated before they leave, as in the options of `CostSpanProcessor`: by default an id that looks personal
   * is left out, and the receiver gets `redacted`.
   */
  readonly privacy?: PrivacyOptions | undefined
}

/**
 * The active attribution as one signed token, for a message in a queue, a step of a workflow, or a job; or the one that
 * `attribution` states. The receiver reads it with `restoreAttribution`. It cannot be changed or forged without the key.
 * It is not encrypted: everyone who has it can read it, and use it until it expires. Without an attribution the token
 * states none.
 *
 * The active attribution is the one that the `CostSpanProcessor` of this process would use for an AI call that starts
 * here, in a tool of an AI call too. Outside of AI calls it is that of the nearest `withAttribution` and of the active
 * span.
 *
 * @returns ASCII of at most 4,096 characters that needs no escape in a header or a URL.
 * @throws TypeError if an option is malformed, naming it, or if the token would be longer.
 * @throws Error if the runtime has no `node:crypto`.
 *
 * @example
 * ```ts
 * import { withAttribution } from 'costspan'
 * import { serializeAttribution } from 'costspan/propagation'
 *
 * const signingKey = process.env.COSTSPAN_SIGNING_KEY ?? ''
 * const message = withAttribution({ userId: 'u_42' }, () => ({
 *   document: '…',
 *   attribution: serializeAttribution({ signingKey }),
 * }))
 * ```
 */
export function serializeAttribution(options: SerializeOptions): string {
  return serialize(options, 7 * DAY_SECONDS, LONGEST_TOKEN)
}

/** As `serializeAttribution`, with a default lifetime and a maximum length. */
export function serialize(
  options: SerializeOptions,
  defaultSeconds: number,
  longest: number,
): string {
  const { signingKey, expiresInSeconds = defaultSeconds, attribution, privacy } = checked(options)
  const redactor = createRedactor(privacy)
  assertSeparate(signingKey, privacy)
  const stated =
    attribution === undefined
      ? attributionHere(redactor)
      : redactor.attribution(validated(attribution))
  if (attribution === undefined) warnUnattributed(stated)
  const token = seal(
    {
      attribution: stated,
      expiresAt: Math.ceil(Date.now() / 1000 + expiresInSeconds),
    },
    signingKey,
  )
  if (token.length > longest) {
    throw invalidOption(
      'attribution',
      `short enough for a token of ${longest} characters, got ${token.length}: its tags are too long`,
    )
  }
  return token
}

/** A token without an attribution is valid, but most often a boundary is missing. */
function warnUnattributed({ userId, tenantId }: StatedAttribution): void {
  if (userId !== undefined || tenantId !== undefined) return
  warnOnce(
    'empty token',
    () =>
      'serializeAttribution made a token without a user or tenant, because neither withAttribution nor a middleware of ' +
      'costspan/middleware is around the call. Call it inside one, or pass `attribution` ({} for none). Printed once.',
  )
}

function checked(options: SerializeOptions): SerializeOptions {
  if (typeof options !== 'object' || options === null) throw invalidOption('options', 'an object')
  rejectUnknown(options, 'options', ['signingKey', 'expiresInSeconds', 'attribution', 'privacy'])
  const { expiresInSeconds: seconds } = options
  if (
    seconds !== undefined &&
    !(typeof seconds === 'number' && seconds > 0 && seconds <= LONGEST_SECONDS)
  ) {
    throw invalidOption(
      'expiresInSeconds',
      'a number of seconds, above 0 and a year at most',
      seconds,
    )
  }
  return options
}

/** Readers of tokens need the signing key, and with the key of pseudonyms they could identify users. */
function assertSeparate(signingKey: SecretKey, privacy: PrivacyOptions | undefined): void {
  const pseudonymize = privacy?.pseudonymize
  if (typeof pseudonymize !== 'object') return
  if (isSameKey(['signingKey', signingKey], ['privacy.pseudonymize.key', pseudonymize.key])) {
    throw invalidOption(
      'signingKey',
      'another key than privacy.pseudonymize.key: who verifies needs it',
    )
  }
}

/** The attribution of a call that would start here, after redaction. */
function attributionHere(redactor: Redactor): StatedAttribution {
  const active = context.active()
  const charged = attributionAt(active)
  if (charged !== undefined) return redactor.attribution(charged)
  // A span of another process, or one that is not recorded, has no attributes.
  const span = trace.getSpan(active) as Partial<SpanLike> | undefined
  return inheritedAttribution(
    boundaryOf(active),
    span?.spanContext?.().spanId,
    redactor.attribution(statedAttribution(span?.attributes ?? {}, baggageOf(active))),
    (raw) => redactor.attribution(raw),
  )
}
