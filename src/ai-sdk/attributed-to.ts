import {
  context,
  createContextKey,
  trace,
  type Context,
  type Span,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api'
import type { StatedAttribution } from '../attribution/attribution.ts'
import { contextWith, validated, type AttributionInput } from '../attribution/boundary.ts'
import { invalidOption, isRecord } from '../invalid-option.ts'

/** The ids of an attribution, by the names that `CostSpanProcessor` and backends read from spans of the AI SDK. */
export interface AttributionIds {
  readonly [field: string]: string
}

/** Telemetry options of any AI SDK major, such as `{ functionId: 'chat', recordInputs: false }`. */
export interface CallTelemetryOptions {
  /**
   * Whether the call writes spans.
   * @defaultValue `true`
   */
  readonly isEnabled?: boolean | undefined
  /** The name of the place in the code. It becomes `functionId` of the charge. */
  readonly functionId?: string | undefined
  /** Whether the spans contain the prompt. */
  readonly recordInputs?: boolean | undefined
  /** Whether the spans contain the answer. */
  readonly recordOutputs?: boolean | undefined
  /** AI SDK 4 to 6. The ids of the attribution are added. */
  readonly metadata?: object | undefined
  /** AI SDK 4 to 6: the tracer that starts the spans. */
  readonly tracer?: unknown
  /** AI SDK 6 and 7: the integrations of this call, instead of the registered ones. */
  readonly integrations?: unknown
  /** AI SDK 7: the fields of `runtimeContext` that the spans contain. */
  readonly includeRuntimeContext?: object | undefined
  /** AI SDK 7: the fields of the tools' context that the spans contain. */
  readonly includeToolsContext?: object | undefined
}

/** The result of {@link attributedTo}: spread it into the options of a call. */
export interface AttributedCallSettings<Options> {
  /** The telemetry options of the call, with its attribution. */
  readonly experimental_telemetry: Omit<Options, 'isEnabled' | 'metadata'> & {
    /** As in the options that were passed, otherwise `true`. */
    readonly isEnabled: boolean
    /** The metadata that was passed, and the ids of the attribution. */
    readonly metadata: { [name: string]: string }
  }
}

/**
 * Attributes one call of the AI SDK to a user. Spread the result into the options of the call: the same line works on
 * AI SDK 4, 5, 6 and 7, and covers tools and nested calls.
 *
 * It returns the option `experimental_telemetry`, which all four majors read, and no other option. A `telemetry` or
 * `experimental_telemetry` in the same call would replace it: pass such options as the second argument.
 *
 * @typeParam Options the telemetry options that are passed.
 * @param attribution as in `withAttribution`; `undefined` leaves the inherited attribution.
 * @param options your own telemetry options.
 * @throws TypeError if a field has a type that cannot be an id.
 *
 * @example
 * ```ts
 * import { openai } from '@ai-sdk/openai'
 * import { generateText } from 'ai'
 * import { attributedTo } from 'costspan/ai-sdk'
 *
 * const { text } = await generateText({
 *   model: openai('gpt-4o'),
 *   prompt: 'Why is the sky blue?',
 *   ...attributedTo({ userId: 'u_42', plan: 'pro' }, { functionId: 'explain', recordInputs: false }),
 * })
 * ```
 */
export function attributedTo<Options extends CallTelemetryOptions = object>(
  attribution: AttributionInput | null | undefined,
  options?: Options,
): AttributedCallSettings<Options> {
  const valid = validated(attribution ?? {})
  assertOptions(options)
  const callOptions = (options ?? {}) as ReadOptions
  const call: AttributedCall = { attribution: attribution ?? {}, ids: idsOf(valid) }
  const telemetry = {
    ...options,
    // AI SDK 4 to 6 write no span if it is `undefined`.
    isEnabled: callOptions.isEnabled ?? true,
    metadata: { ...callOptions.metadata, ...call.ids },
    // AI SDK 4 to 6 start every span of a call with this tracer.
    tracer: attributingTracer(call, callOptions.tracer),
  }
  // AI SDK 7 reads it when the call starts. Integrations may be registered after `attributedTo` was called.
  Object.defineProperty(telemetry, 'integrations', {
    enumerable: true,
    get: () => attributingIntegrations(call, callOptions.integrations),
  })
  return { experimental_telemetry: telemetry } as unknown as AttributedCallSettings<Options>
}

/** The ids that `attributedTo` set for the call with this id. */
export function idsOfCall(from: Context, callId: unknown): AttributionIds | undefined {
  const call = from.getValue(callKey) as AttributedCall | undefined
  // A call inside a tool runs in the context of the outer call, and may have another attribution.
  return call?.callId !== undefined && call.callId === callId ? call.ids : undefined
}

interface AttributedCall {
  readonly attribution: AttributionInput
  readonly ids: AttributionIds
  /** Only AI SDK 7 has one. */
  callId?: unknown
}

/** A copy of this module in another bundle uses the same key. */
const callKey = createContextKey('costspan.call')

/** `from` with the attribution of the call; the context of a nested span has it already. */
function attributedContext(call: AttributedCall, from: Context): Context {
  const current = from.getValue(callKey) as AttributedCall | undefined
  return current === call ? from : contextWith(call.attribution, from).setValue(callKey, call)
}

function attributingTracer(call: AttributedCall, given: Tracer | undefined): Tracer {
  // Looked up for each span: a provider may be registered late.
  const tracer = (): Tracer => given ?? trace.getTracer('ai')
  return {
    startSpan: (name: string, options?: SpanOptions, from: Context = context.active()): Span =>
      tracer().startSpan(name, options, attributedContext(call, from)),
    startActiveSpan: (name: string, ...rest: readonly unknown[]): unknown => {
      const run = rest.at(-1) as (span: Span) => unknown
      const options = rest.length > 1 ? (rest[0] as SpanOptions) : {}
      const from = rest.length > 2 ? (rest[1] as Context) : context.active()
      return tracer().startActiveSpan(name, options, attributedContext(call, from), run)
    },
  }
}

interface Integration {
  readonly [name: string]: unknown
}

/** The part of {@link CallTelemetryOptions} that is read here. */
interface ReadOptions {
  readonly isEnabled?: boolean | undefined
  readonly metadata?: { readonly [name: string]: unknown } | undefined
  readonly tracer?: Tracer | undefined
  readonly integrations?: Integration | readonly Integration[] | undefined
}

/**
 * The integrations of AI SDK 7 that the call would use anyway, each with the attribution: those of the call, otherwise
 * the registered ones. `undefined` if there are none.
 */
function attributingIntegrations(
  { attribution, ids }: AttributedCall,
  given: ReadOptions['integrations'],
): Integration[] | undefined {
  const call: AttributedCall = { attribution, ids }
  if (given !== undefined && given !== null) {
    return [given].flat().map((integration) => attributingIntegration(call, integration, true))
  }
  const registered = (
    globalThis as unknown as { AI_SDK_TELEMETRY_INTEGRATIONS?: readonly Integration[] }
  ).AI_SDK_TELEMETRY_INTEGRATIONS
  if (registered === undefined || registered.length === 0) return undefined
  return registered.map((integration) => attributingIntegration(call, integration, false))
}

function attributingIntegration(
  call: AttributedCall,
  integration: Integration,
  isOfCall: boolean,
): Integration {
  // The target is an empty object: a proxy may not replace the methods of a frozen target.
  return new Proxy<Integration>(
    {},
    {
      get: (_, name) => {
        const value: unknown = Reflect.get(integration, name, integration)
        if (typeof value !== 'function') return value
        return (event: unknown, ...others: readonly unknown[]): unknown => {
          const callId = (event as { callId?: unknown } | null | undefined)?.callId
          // AI SDK 6 events have no such id, and it runs registered integrations in addition to those of a call.
          if (callId === undefined && !isOfCall) return undefined
          if (name === 'onStart') call.callId = callId
          const passed = 'tracer' in integration ? withIds(event, name, call.ids) : event
          const run = (): unknown => Reflect.apply(value, integration, [passed, ...others])
          return context.with(attributedContext(call, context.active()), run)
        }
      },
    },
  )
}

/** Events whose `runtimeContext` integrations write onto spans. */
const startEvents = new Set<string | symbol>(['onStart', 'onStepStart'])

/** The event with the ids in its `runtimeContext`, from where integrations write them onto spans. */
function withIds(event: unknown, name: string | symbol, ids: AttributionIds): unknown {
  if (!startEvents.has(name) || typeof event !== 'object' || event === null) return event
  const { runtimeContext } = event as { readonly runtimeContext?: object | undefined }
  return Object.assign(Object.create(Object.getPrototypeOf(event) as object) as object, event, {
    runtimeContext: { ...runtimeContext, ...ids },
  })
}

/** Omits absent fields: AI SDK 4 passes `undefined` on to OpenTelemetry, which reports it. */
function idsOf({ userId, tenantId, plan }: StatedAttribution): AttributionIds {
  return Object.fromEntries(
    Object.entries({ userId, tenantId, plan }).filter(([, id]) => typeof id === 'string'),
  ) as { [field: string]: string }
}

function assertOptions(options: unknown): void {
  if (options === undefined) return
  if (!isRecord(options)) {
    throw invalidOption('options', 'an object of telemetry options', options)
  }
  const { metadata } = options
  if (metadata !== undefined && !isRecord(metadata)) {
    throw invalidOption('options.metadata', 'an object', metadata)
  }
}
