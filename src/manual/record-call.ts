import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { RECORDER_SCOPE, withRecordedCall } from '../conventions/recorded-call.ts'
import { contextWith, type AttributionInput } from '../attribution/boundary.ts'
import type { Operation } from '../conventions/model-call.ts'
import { invalidOption, rejectUnknown } from '../invalid-option.ts'
import { warnOnce } from '../warnings/reporter.ts'
import { errorTypeOf } from './error-type.ts'
import { toKnownUsage, type RecordedUsage } from './recorded-usage.ts'
import { usageAttributes } from './usage-attributes.ts'

/** A call, as `recordCall` takes it. */
export interface RecordCallOptions {
  /** As on a span: `openai`, `anthropic`, `google`, `aws.bedrock`, `azure`, or one of your own. */
  readonly provider: string
  /** The requested model. */
  readonly model: string
  /** The model that answered, if the answer names it; priced in preference to `model`. */
  readonly responseModel?: string | undefined
  /**
   * The kind of the request.
   * @defaultValue `'chat'`
   */
  readonly operation?: Operation | undefined
  /** The usage. Absent, or all 0, if it is unknown: then the call is `unknown_usage`. */
  readonly usage?: RecordedUsage | undefined
  /**
   * When the call began, which decides its price: a Date or milliseconds since the epoch. By default it is `endTime`, or
   * now.
   */
  readonly startTime?: Date | number | undefined
  /** When the call ended: a Date or milliseconds since the epoch. By default it is now. */
  readonly endTime?: Date | number | undefined
  /**
   * The attribution of the call, which overrides inherited attribution field by field. `CostSpanProcessor` writes
   * it onto the span. `CostSpanExporter` sees the span alone, and does not know it.
   */
  readonly attribution?: AttributionInput | null | undefined
  /** The place in the code that made the call, such as `summarise-ticket`. */
  readonly functionId?: string | undefined
  /** The agent that made the call. */
  readonly agent?: string | undefined
  /** The route of the request that made the call, such as `/chat/:id`. */
  readonly route?: string | undefined
  /**
   * `true`, or what was thrown, if the call failed. Of an error its name is kept, and its `status` where
   * that is an HTTP error: then nothing was served, and without usage the call is `call_failed`.
   * What failed in any other way may have been billed.
   */
  readonly error?: unknown
}

const fields = [
  'provider',
  'model',
  'responseModel',
  'operation',
  'usage',
  'startTime',
  'endTime',
  'attribution',
  'functionId',
  'agent',
  'route',
  'error',
]

const operations: readonly string[] = [
  'chat',
  'embeddings',
  'rerank',
  'speech',
  'transcription',
] satisfies Operation[]

/**
 * Records a call that no instrumentation sees, such as that of a queue's worker: a GenAI span, ended at
 * once, that `CostSpanProcessor` charges like any other. Its parent is the active span, if there is one.
 *
 * Below the span of an instrumented call to the same model it is a duplicate of that call: the call is charged
 * once, here, and the span above has the reason `carried_by_another_span`. So record only calls that are not
 * instrumented. Inside a tool or beside an instrumented call it is a separate call. Anthropic's client
 * (`@anthropic-ai/sdk` 1.0 and later) makes spans itself: record its calls only if it was made with
 * `openTelemetry: false`, or they are charged twice.
 *
 * If its span is not recorded, because no tracer provider is registered or a sampler drops it, the call is not
 * charged, and one warning is printed.
 *
 * @throws TypeError if an option is malformed, naming the option.
 *
 * @example
 * ```ts
 * import { recordCall, usageFrom } from 'costspan/record'
 * import OpenAI from 'openai'
 *
 * const answer = await new OpenAI().chat.completions.create({
 *   model: 'gpt-4o',
 *   messages: [{ role: 'user', content: 'Why is the sky blue?' }],
 * })
 * recordCall({
 *   provider: 'openai',
 *   model: 'gpt-4o',
 *   usage: usageFrom(answer), // or { input: 1000, output: 200 }
 *   attribution: { userId: 'u_42' },
 * })
 * ```
 */
export function recordCall(options: RecordCallOptions): void {
  rejectUnknown(options, 'options', fields)
  const { provider, model, responseModel, operation = 'chat', usage, attribution } = options
  assertName('provider', provider)
  assertName('model', model)
  const { functionId, agent, route } = options
  for (const [name, value] of Object.entries({ responseModel, functionId, agent, route })) {
    if (value !== undefined) assertName(name, value)
  }
  if (!operations.includes(operation)) {
    throw invalidOption('operation', `one of ${operations.join(', ')}`, operation)
  }
  const known = usage === undefined ? undefined : toKnownUsage(usage, operation)
  const { startTime, endTime } = timesOf(options)
  const errorType = errorTypeOf(options.error)
  const active = context.active()
  const from = attribution === undefined ? active : contextWith(attribution, active)

  const attributes = {
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': model,
    'gen_ai.response.model': responseModel,
    'ai.telemetry.functionId': functionId,
    'gen_ai.agent.name': agent,
    'http.route': route,
    'error.type': errorType,
    'cost.recorded': true,
    ...(known !== undefined && usageAttributes(known)),
  }
  const span = trace
    .getTracer(RECORDER_SCOPE)
    .startSpan(
      `${operation} ${model}`,
      { kind: SpanKind.CLIENT, ...(startTime !== undefined && { startTime }), attributes },
      withRecordedCall(from, attributes),
    )
  if (!span.isRecording()) warnNotRecorded()
  if (errorType !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end(endTime)
}

function assertName(option: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') {
    throw invalidOption(option, 'a string with something in it', value)
  }
}

/** In milliseconds since the epoch. */
interface Times {
  readonly startTime: number | undefined
  readonly endTime: number | undefined
}

function timesOf(options: RecordCallOptions): Times {
  const start = milliseconds('startTime', options.startTime)
  const endTime = milliseconds('endTime', options.endTime)
  if (start !== undefined && endTime !== undefined && endTime < start) {
    throw invalidOption('endTime', 'no earlier than `startTime`', options.endTime)
  }
  return { startTime: start ?? endTime, endTime }
}

/** 1973 and 5138: seconds and microseconds of these days lie outside. */
const EARLIEST = 1e11
const LATEST = 1e14

function milliseconds(option: string, value: unknown): number | undefined {
  if (value === undefined) return undefined
  const time = value instanceof Date ? value.getTime() : value
  if (typeof time !== 'number' || !(time >= EARLIEST && time < LATEST)) {
    throw invalidOption(option, 'a Date or milliseconds since the epoch', value)
  }
  return time
}

function warnNotRecorded(): void {
  warnOnce(
    'not recorded',
    () =>
      'recordCall charged no cost for a call, because OpenTelemetry does not record its span: no tracer provider is ' +
      'registered, or the sampler dropped the span. Register a tracer provider before the first call, and wrap its ' +
      'sampler in recordCosts of costspan/sampling.',
  )
}
