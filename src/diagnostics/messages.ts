import { unattributed } from '../attribution/attribution.ts'
import { contextTexts } from '../attribution/context-manager.ts'
import { aiSdkMajor } from '../conventions/ai-sdk-version.ts'
import type { Charge } from '../charge/charge.ts'
import { formatId } from '../charge/format-id.ts'
import type { Redactor } from '../privacy/redactor.ts'
import { scopeName, text, type SpanAttributes, type SpanLike } from '../span/span.ts'
import * as Unseen from '../usage/unseen.ts'
import type { Reporter } from '../warnings/reporter.ts'
import type { FindingId } from './finding.ts'
import { setUpState } from './set-up-state.ts'
import { shownName } from './shown.ts'

/** Texts that name no value, each printed once. Explained in docs/reference/warnings.md. */
const texts = {
  recordedTwice: () =>
    'several telemetry integrations of AI SDK 7 record every call. Register one integration, once.',
  anthropicDuplicate: () =>
    "Anthropic's client and an instrumentation record the same calls. Remove the instrumentation, or create clients with " +
    'openTelemetry: false.',
  uncertainMatch: () =>
    'two spans may show the same call, so one of them is charged. Let one library record each call.',
  sameResponse: () =>
    'two libraries show one response below one call, and both spans are charged. Let one library record each call.',
  'integration-options': () =>
    'the telemetry of AI SDK 7 runs without usage or providerMetadata, so billed costs, service tiers and some cached ' +
    'tokens are missing. Register new OpenTelemetry(costTelemetry()) of costspan/ai-sdk.',
  tooManyDeferred: () =>
    'too many streams of ended requests wait for their usage, so the cost of further ones is unknown. Open fewer streams ' +
    'in each process.',
  attributesDropped: () =>
    'AI spans have more attributes than the SDK keeps, so costs are estimates. Raise OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, or ' +
    'name fewer metadata keys.',
  valueCut: () =>
    'the SDK cuts ids or metadata of AI spans, so costs are estimates. Raise OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT.',
  baggageOnSpan: () =>
    'a processor before costspan copies baggage over attributes of AI spans, so costs are estimates. Put costspan first, or ' +
    'copy your own keys alone.',
  'exporter-first': () =>
    'a SimpleSpanProcessor before CostSpanProcessor exports spans without their cost. Put CostSpanProcessor first.',
  'sampler-drops': () =>
    'the sampler drops some traces, so AI calls in them are not charged. Wrap it in recordCosts of costspan/sampling.',
  'processor-missing': () =>
    'no CostSpanProcessor runs in this process, so no call is charged. Load the file that creates it first, in each process.',
  'no-integration': () =>
    'AI SDK 7 makes calls without a telemetry integration, so they are not charged. Call registerTelemetry(new ' +
    'OpenTelemetry(costTelemetry())) of ai, @ai-sdk/otel and costspan/ai-sdk.',
  ...contextTexts,
}

/** Prints a warning that names no value, once. */
export function warn(reporter: Reporter, warning: keyof typeof texts): void {
  reporter.warn(warning, texts[warning])
}

/** The line of a finding that needs no span. */
export function textOf(id: Exclude<FindingId, 'unread-usage'>): string {
  return texts[id]()
}

/** Prints a fault of the set-up, once, and keeps it for `selfCheck`. */
export function warnFinding(reporter: Reporter, id: FindingId, message: () => string): void {
  reporter.warn(id, () => {
    const line = message()
    setUpState().found.set(id, line)
    return line
  })
}

/** One warning for each model that has no price, for 20 of them at most. */
export function warnUnpriced(reporter: Reporter, { status, reason, call }: Charge): void {
  if (status !== 'unpriced') return
  const { provider } = call
  const model = call.responseModel ?? call.requestModel ?? 'unknown'
  reporter.warnOfModel(
    provider,
    model,
    () =>
      `no price for model ${formatId(model)} of provider ${formatId(provider)} (${reason}); its calls carry no cost. ` +
      (remedies.get(reason) ?? 'Give one with the prices option.'),
  )
}

const remedies = new Map<string | undefined, string>([
  [
    'rate_without_price',
    'Its price lacks a rate that the call uses, or is by a time that the span does not have: state it with the prices option.',
  ],
  [
    'price_source_failed',
    'A price source threw an error or returned no valid price: correct its find().',
  ],
])

/** One warning for calls without a public user id, by the cause, with the name of the first such span. */
export function warnUnattributed(
  reporter: Reporter,
  charge: Charge,
  span: SpanLike,
  redactor: Redactor,
): void {
  const isRedacted = charge.attribution.redacted === true
  reporter.warn(
    isRedacted ? 'redacted' : 'unattributed',
    () =>
      placeOf(charge, span, redactor) +
      (isRedacted ? redactedRemedy : unattributedRemedy(charge, span)),
  )
}

const redactedRemedy =
  ' has a user id that looks personal (such as an e-mail address) or is not valid, so it is left out. Pass a stable ' +
  'internal id as userId, or set privacy: { pseudonymize: { key } }.'

function unattributedRemedy({ call }: Charge, { attributes }: SpanLike): string {
  // Code written for AI SDK 4 to 6: no span shows that a call was given metadata.
  const ignored =
    call.vocabulary === 'ai-sdk-7' || (aiSdkMajor(attributes) ?? 0) >= 7
      ? ' AI SDK 7 ignores `metadata`: spread attributedTo({ userId }) of costspan/ai-sdk into the call, or use `runtimeContext` ' +
        'with costTelemetry().'
      : ''
  return (
    ' names no user. Wrap the request in withAttribution({ userId }, run), or use the middleware of costspan/middleware.' +
    ignored
  )
}

/** Where every id is replaced, the charge holds no raw id to compare a name with, so no name is printed. */
function placeOf(
  { attribution }: Charge,
  { name, attributes }: SpanLike,
  { replacesAll }: Redactor,
): string {
  if (replacesAll) return 'a call,'
  const place = text(attributes['ai.telemetry.functionId']) ?? text(attributes['gen_ai.agent.name'])
  const spanName = shownName(String(name), attribution)
  const placeName = place && shownName(place, attribution)
  return `a call${spanName ? `, span ${spanName}` : ''}${placeName ? ` of ${placeName}` : ''},`
}

/** The attributes that make a span a call. */
const described: readonly (keyof SpanAttributes)[] = [
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.request.model',
]

/** One warning for usage that no rule reads, with the instrumentation that wrote the first of it. */
export function warnUnread(reporter: Reporter, span: SpanLike): void {
  warnFinding(reporter, 'unread-usage', () => {
    const writer = shownName(scopeName(span), unattributed)
    return (
      `a span${writer === undefined || writer === '""' ? '' : ` of tracer ${writer}`} carries usage of a model, but no ` +
      'rule reads it as a call, so its cost is unknown. Record the call with recordCall of costspan/record, or set ' +
      `${described.join(', ')} when the span starts.`
    )
  })
}

/** One warning each for spans that limits took something from, and for copies of baggage that hide what was there. */
export function warnDoubts(reporter: Reporter, { unseen }: Charge): void {
  if (unseen & Unseen.dropped) warn(reporter, 'attributesDropped')
  if (unseen & Unseen.cut) warn(reporter, 'valueCut')
  if (unseen & Unseen.overwritten) warn(reporter, 'baggageOnSpan')
}
