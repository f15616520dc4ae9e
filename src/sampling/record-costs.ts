/**
 * Charges calls whose traces a sampler drops.
 *
 * @module
 */
import { trace, type Attributes, type Context, type Link, type SpanKind } from '@opentelemetry/api'
import { spanRole } from '../conventions/read-call.ts'
import { invalidOption, hasMethod } from '../invalid-option.ts'

/** `SamplingDecision` of the OpenTelemetry SDK 1.x, 2.x and 3.x: recorded, and not exported. */
const RECORD = 1

/** An OpenTelemetry `Sampler`, of the SDK 1.x, 2.x or 3.x; `decision` 0 drops a span. */
export interface SamplerLike {
  /** Decides on a span that is about to start. */
  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): {
    /** `SamplingDecision`: 0 drops the span, 1 records it, 2 also exports it. */
    readonly decision: number
  }
  /** The name of the sampler in logs. */
  toString(): string
}

/**
 * Wraps any sampler so that AI spans, and all below them, are recorded whatever it decides: every call is
 * charged and reported to `onCharge`. What is exported, and the sampling decision that is propagated to other
 * services, does not change.
 *
 * A dropped span above an AI span carries no attribution: use `withAttribution`, which needs no span.
 *
 * @typeParam Sampler the sampler's own type, so that the result fits the SDK that it is for.
 * @throws TypeError if it is no sampler.
 *
 * @example
 * ```ts
 * import { BasicTracerProvider, ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base'
 * import { CostSpanProcessor } from 'costspan'
 * import { openLedger } from 'costspan/ledger'
 * import { recordCosts } from 'costspan/sampling'
 *
 * const provider = new BasicTracerProvider({
 *   sampler: recordCosts(new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.1) })),
 *   spanProcessors: [new CostSpanProcessor({ onCharge: openLedger('ledger.ndjson').record })],
 * })
 * ```
 */
export function recordCosts<Sampler extends SamplerLike>(
  sampler: Sampler,
): Pick<Sampler, 'shouldSample' | 'toString'> {
  if (!hasMethod(sampler, 'shouldSample')) throw invalidOption('sampler', 'a sampler', sampler)
  const shouldSample: SamplerLike['shouldSample'] = (
    context,
    traceId,
    name,
    kind,
    attributes,
    links,
  ) => {
    const result = sampler.shouldSample(context, traceId, name, kind, attributes, links)
    if (result.decision >= RECORD) return result
    return isAi(attributes) || isBelowRecorded(context) ? { ...result, decision: RECORD } : result
  }
  return {
    shouldSample,
    toString: () => `RecordCosts{${sampler.toString()}}`,
  }
}

function isAi(attributes: object | undefined): boolean {
  return attributes !== undefined && spanRole(attributes) !== undefined
}

/** Where nothing else records what is not sampled, that is an AI span, or one below it. */
function isBelowRecorded(context: Context): boolean {
  return trace.getSpan(context)?.isRecording() === true
}
