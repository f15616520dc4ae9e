import {
  context,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api'
import {
  mayBeSameCall,
  shortId,
  type CallIdentity,
  type Operation,
} from '../conventions/model-call.ts'
import { callIdentity, spanRole } from '../conventions/read-call.ts'
import { RECORDER_SCOPE, withRecordedCall } from '../conventions/recorded-call.ts'
import { spanIn } from '../processor/late-role.ts'
import { markOf, type CompleteCall, type ReadSoFar } from '../span/enriched.ts'
import type { SpanLike } from '../span/span.ts'
import * as Unseen from '../usage/unseen.ts'
import { claimOpenCall, taken } from './open-call.ts'

/** The span that carries a call: what is read of the answer is written onto it. */
export interface CallSpan {
  /** The context to send the request in. */
  readonly context: Context
  /** Whether a tracer provider records the span, so that its cost can be charged from it. */
  readonly isRecorded: boolean
  /** The request is sent. `readSoFar` returns what is known of the call whenever it has to be charged before its end. */
  begin(readSoFar: () => Attributes): void
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
  /** Whether the AI SDK sends it, which may have started a span. */
  isSentByAiSdk(): boolean
}

/**
 * Returns the span of a call that is about to be sent: the one that an instrumentation or the AI SDK has started, else a
 * CLIENT span of its own, which starts now. Returns `undefined` if the call has a span, and it is uncertain which.
 */
export function callSpanOf(start: CallStart): CallSpan | undefined {
  const active = context.active()
  const call = { operation: start.operation, model: shortId(start.model) }
  const recorded = recordedSpan(call, active)
  if (recorded !== undefined) return recorded
  const open = start.isSentByAiSdk() ? claimOpenCall(call, active) : undefined
  if (open === 'uncertain') return undefined
  const complete = open && markOf(open)?.complete
  return open && complete ? completed(open, complete, active) : startSpan(start, active)
}

/** The active span, if it is that of the same call. */
function recordedSpan(call: CallIdentity, active: Context): CallSpan | undefined {
  const found = spanIn(active)
  if (found?.attributes === undefined || typeof found.spanContext !== 'function') return undefined
  const span = found as SpanLike
  const mark = markOf(span)
  // Where only an exporter of costspan is registered, no processor has marked the span.
  const { complete } = mark ?? { complete: assign }
  if (complete === undefined || taken.has(span) || hasEnded(found)) return undefined
  const identity = callIdentity(spanRole(span.attributes), span.attributes)
  if (identity === undefined || !mayBeSameCall(identity, call)) return undefined
  return completed(span, complete, active)
}

/** The context of a span that has ended may still be active. A request there is another call. */
function hasEnded(span: object): boolean {
  return (span as Partial<Span>).isRecording?.() === false
}

const assign: CompleteCall = (span, stated) => void Object.assign(span.attributes, stated)

const readNothing: ReadSoFar = () => ({})

function completed(span: SpanLike, complete: CompleteCall, active: Context): CallSpan {
  let soFar = readNothing
  return {
    context: active,
    isRecorded: true,
    begin(readSoFar) {
      soFar = readSoFar
      taken.add(span)
      complete(span, {}, soFar)
    },
    write: (stated) => complete(span, stated, isInterim(stated) ? soFar : undefined),
    end(stated) {
      // A request that was refused may be sent again.
      if (stated['cost.usage.from_answer'] !== true) taken.delete(span)
      complete(span, stated, undefined)
    },
  }
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
  let soFar = readNothing
  return {
    context: trace.setSpan(active, span),
    isRecorded: span.isRecording(),
    begin(readSoFar) {
      soFar = readSoFar
      writeOn(span, {}, soFar)
    },
    write: (stated) => writeOn(span, stated, isInterim(stated) ? soFar : undefined),
    end(stated, hasFailed) {
      if (hasFailed) span.setStatus({ code: SpanStatusCode.ERROR })
      writeOn(span, stated, undefined)
      span.end()
    },
  }
}

/** Whether the answer may still state more usage. A call can be charged by a whole one before the body ends. */
function isInterim(stated: Attributes): boolean {
  return (Number(stated['cost.usage.unseen'] ?? 0) & Unseen.COUNTED) !== 0
}

/** By the processor, so that no limit of the span drops a part of the usage. */
function writeOn(span: Span, stated: Attributes, readSoFar: ReadSoFar | undefined): void {
  const complete = markOf(span)?.complete
  if (complete === undefined) span.setAttributes(stated)
  else complete(span as unknown as SpanLike, stated, readSoFar)
}
