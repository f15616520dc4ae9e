import { context, trace } from '@opentelemetry/api'
import type { StatedAttribution } from '../attribution/attribution.ts'
import { baggageOf } from '../attribution/baggage.ts'
import { boundaryOf, validated, type AttributionInput } from '../attribution/boundary.ts'
import { inheritedAttribution } from '../attribution/resolve.ts'
import { statedAttribution } from '../attribution/span-attribution.ts'
import { invalidOption, rejectUnknown } from '../invalid-option.ts'
import { isSameKey, type SecretKey } from '../privacy/hmac.ts'
import { createRedactor, type PrivacyOptions, type Redactor } from '../privacy/redactor.ts'
import { attributionAt } from '../processor/span-tree.ts'
import { Reporter } from '../warnings/reporter.ts'
import type { SpanLike } from '../span/span.ts'
import { LONGEST_TOKEN, seal } from './token.ts'

const DAY_SECONDS = 86_400

/** A year: what is believed for longer is believed for ever. */
const LONGEST_SECONDS = 365 * DAY_SECONDS

export interface SerializeOptions {
  /**
   * The secret that signs, of 16 bytes at least, such as 32 random ones as text; the other side has it
   * among its `signingKeys`. Another one than that of pseudonyms.
   */
  readonly signingKey: SecretKey
  /**
   * For how many seconds the token is believed, a year at most. As long as messages may wait: whoever
   * reads one can use it again until then.
   * @defaultValue seven days, as Kafka and Google Pub/Sub keep a message by default; Amazon SQS can
   * keep it for 14.
   */
  readonly expiresInSeconds?: number | undefined
  /** Who pays, if not whoever pays here. */
  readonly attribution?: AttributionInput | undefined
  /**
   * What becomes of ids on the way out, as in the options of `CostSpanProcessor`: by default one that
   * looks personal is left out, and the other side sees `redacted`.
   */
  readonly privacy?: PrivacyOptions | undefined
}

/**
 * The payer as one signed token, for a message of a queue, a step of a workflow, a job: whoever pays
 * for an AI call that starts here, or whom `attribution` names. At the other end `restoreAttribution`
 * reads it. Nobody can change it or make one up without the key; it is not encrypted, and whoever has
 * it can read it, and use it again until it expires. Where nobody is known it says nobody.
 *
 * The payer here is the one that the `CostSpanProcessor` of this process would charge, in a tool of an AI
 * call too; outside of AI calls, that of the nearest `withAttribution`, and what the active span says.
 *
 * @returns ASCII of at most 4,096 characters that needs no escape in a header or a URL.
 * @throws TypeError if an option is malformed, naming it, or if the token would be longer.
 * @throws Error if the runtime has no `node:crypto`.
 *
 * @example
 * await queue.send({ document, attribution: serializeAttribution({ signingKey }) })
 */
export function serializeAttribution(options: SerializeOptions): string {
  return serialize(options, 7 * DAY_SECONDS, LONGEST_TOKEN)
}

/** With a default for how long it is believed, and a bound of its characters. */
export function serialize(
  options: SerializeOptions,
  defaultSeconds: number,
  longest: number,
): string {
  const { signingKey, expiresInSeconds = defaultSeconds, attribution, privacy } = checked(options)
  const redactor = createRedactor(privacy)
  assertSeparate(signingKey, privacy)
  const stated =
    attribution === undefined ? payerHere(redactor) : redactor.attribution(validated(attribution))
  if (attribution === undefined) warnOfNobody(stated)
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

const reporter = new Reporter()

/** A token of nobody is valid, and whoever restores it pays nothing: most often a boundary is missing. */
function warnOfNobody({ userId, tenantId }: StatedAttribution): void {
  if (userId !== undefined || tenantId !== undefined) return
  reporter.warn(
    'token of nobody',
    () =>
      'serializeAttribution made a token without a user or tenant, because neither withAttribution nor an adapter such ' +
      'as costspan/middleware is around the call. Call it inside of one, or pass `attribution` ({} for no payer). Printed once.',
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

/** Who reads tokens needs the key that signs; who has that of pseudonyms can find the user again. */
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

/** Who pays for a call that starts here, fit to be told. */
function payerHere(redactor: Redactor): StatedAttribution {
  const active = context.active()
  const charged = attributionAt(active)
  if (charged !== undefined) return redactor.attribution(charged)
  // One that came from another process, or is not recorded, has no attributes.
  const span = trace.getSpan(active) as Partial<SpanLike> | undefined
  return inheritedAttribution(
    boundaryOf(active),
    span?.spanContext?.().spanId,
    redactor.attribution(statedAttribution(span?.attributes ?? {}, baggageOf(active))),
    (raw) => redactor.attribution(raw),
  )
}
