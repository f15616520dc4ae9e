import {
  context,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api'
import { isCall, type Operation } from '../conventions/model-call.ts'
import { spanRole } from '../conventions/read-call.ts'
import { RECORDER_SCOPE, withRecordedCall } from '../conventions/recorded-call.ts'
import { spanIn } from '../processor/late-role.ts'
import { markOf } from '../span/enriched.ts'
import type { SpanLike } from '../span/span.ts'

/** The span that carries a call: what is read of the answer is written onto it. */
export interface CallSpan {
  /** The context to send the request in. */
  readonly context: Context
  /** Whether a tracer provider records the span, so that its cost can be charged from it. */
  readonly isRecorded: boolean
  /** Writes what is known of the call so far. */
  write(stated: Attributes): void
  /** Writes what is known, once the answer has ended or the call has failed. */
  end(stated: Attributes, hasFailed: boolean): void
}

/** What is known of a call before it is sent. */
export interface CallStart {
  readonly provider: string
  readonly operation: Operation
  readonly model: string | undefined
  readonly attributes: Attributes
}

/**
 * Returns the span of a call that is about to be sent: the active one, if an instrumentation records the call already,
 * else a CLIENT span of its own, which starts now.
 */
export function callSpanOf(start: CallStart): CallSpan {
  const active = context.active()
  return recordedSpan(active) ?? startSpan(start, active)
}

/** The span of the same call, if an instrumentation or the AI SDK has started it. */
function recordedSpan(active: Context): CallSpan | undefined {
  const span = spanIn(active)
  if (span?.attributes === undefined || typeof span.spanContext !== 'function') return undefined
  const call = span as SpanLike
  const mark = markOf(call)
  const complete = mark?.complete
  if (complete !== undefined) {
    return {
      context: active,
      isRecorded: true,
      write: (stated) => complete(call, stated, false),
      end: (stated) => complete(call, stated, true),
    }
  }
  // Where only an exporter of costspan is registered, no processor has marked the span.
  if (mark !== undefined || !isCall(spanRole(call.attributes))) return undefined
  const write = (stated: Attributes): void => void Object.assign(call.attributes, stated)
  return { context: active, isRecorded: true, write, end: write }
}

function startSpan(
  { provider, operation, model, attributes }: CallStart,
  active: Context,
): CallSpan {
  const all = {
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': model,
    'cost.recorded': true,
    ...attributes,
  }
  const name = model === undefined ? operation : `${operation} ${model}`
  const span = trace
    .getTracer(RECORDER_SCOPE)
    .startSpan(name, { kind: SpanKind.CLIENT, attributes: all }, withRecordedCall(active, all))
  return {
    context: trace.setSpan(active, span),
    isRecorded: span.isRecording(),
    write: (stated) => writeOn(span, stated),
    end(stated, hasFailed) {
      writeOn(span, stated)
      if (hasFailed) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    },
  }
}

/** By the processor, so that no limit of the span drops a part of the usage. */
function writeOn(span: Span, stated: Attributes): void {
  const complete = markOf(span)?.complete
  if (complete === undefined) span.setAttributes(stated)
  else complete(span as unknown as SpanLike, stated, false)
}
