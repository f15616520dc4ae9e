import {
  context,
  createContextKey,
  trace,
  type Context,
  type Span,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api'
import type { Attribution } from '../attribution/attribution.ts'
import { contextWith, validated, type AttributionInput } from '../attribution/boundary.ts'
import { invalidOption, isRecord } from '../invalid-option.ts'

/** The ids of a payer under the names that `CostSpanProcessor` and backends read from the spans of the AI SDK. */
export interface PayerIds {
  readonly [field: string]: string
}

/** Telemetry options of any AI SDK major, such as `{ functionId: 'chat', recordInputs: false }`. */
export interface CallTelemetryOptions {
  readonly isEnabled?: boolean | undefined
  readonly functionId?: string | undefined
  readonly recordInputs?: boolean | undefined
  readonly recordOutputs?: boolean | undefined
  /** AI SDK 4 to 6. The payer's ids are added. */
  readonly metadata?: object | undefined
  /** AI SDK 4 to 6. */
  readonly tracer?: unknown
  /** AI SDK 6 and 7. */
  readonly integrations?: unknown
  /** AI SDK 7. */
  readonly includeRuntimeContext?: object | undefined
  /** AI SDK 7. */
  readonly includeToolsContext?: object | undefined
}

/** What {@link payer} returns: spread it into the options of a call. */
export interface PayerSettings<Options> {
  readonly experimental_telemetry: Omit<Options, 'isEnabled' | 'metadata'> & {
    readonly isEnabled: boolean
    readonly metadata: { [name: string]: string }
  }
}

/**
 * Names who pays for one call of the AI SDK. Spread the result into the options of the call: the same line
 * works on AI SDK 4, 5, 6 and 7, and for tools and nested calls too.
 *
 * It returns the option `experimental_telemetry`, which all four majors read, and nothing else. A
 * `telemetry` or `experimental_telemetry` beside it would replace it: give such options as the second argument.
 *
 * @param attribution who pays, as in `withAttribution`; `undefined` names nobody.
 * @param options telemetry options of your own.
 * @throws TypeError if a field is of a type that cannot be an id.
 *
 * @example
 * streamText({ model, prompt, ...payer({ userId: user.id, plan: user.plan }) })
 *
 * @example
 * generateText({ model, prompt, ...payer({ userId: user.id }, { functionId: 'summary', recordInputs: false }) })
 */
export function payer<Options extends CallTelemetryOptions = object>(
  attribution: AttributionInput | null | undefined,
  options?: Options,
): PayerSettings<Options> {
  const stated = validated(attribution ?? {})
  assertOptions(options)
  const own: OwnOptions = (options ?? {}) as OwnOptions
  const payingCall: PayingCall = { stated: attribution ?? {}, ids: idsOf(stated) }
  const telemetry = {
    ...options,
    // AI SDK 4 to 6 write no span where it is `undefined`.
    isEnabled: own.isEnabled ?? true,
    metadata: { ...own.metadata, ...payingCall.ids },
    // AI SDK 4 to 6 start every span of a call by it.
    tracer: payingTracer(payingCall, own.tracer),
  }
  // AI SDK 7 reads it when the call starts. Integrations may be registered after `payer` was called.
  Object.defineProperty(telemetry, 'integrations', {
    enumerable: true,
    get: () => payingIntegrations(payingCall, own.integrations),
  })
  return { experimental_telemetry: telemetry } as unknown as PayerSettings<Options>
}

/** The ids that a call states of its payer, for the call with that id. */
export function idsOfCall(from: Context, callId: unknown): PayerIds | undefined {
  const call = from.getValue(callKey) as PayingCall | undefined
  // A call inside a tool runs in the context of the outer call, and may have another payer.
  return call?.callId !== undefined && call.callId === callId ? call.ids : undefined
}

interface PayingCall {
  readonly stated: AttributionInput
  readonly ids: PayerIds
  /** AI SDK 7 alone has one. */
  callId?: unknown
}

/** A copy of this module in another bundle finds the same key. */
const callKey = createContextKey('costspan.call')

/** The context with the payer in it. A span below the first one of the call is in it already. */
function paying(call: PayingCall, from: Context): Context {
  const already = from.getValue(callKey) as PayingCall | undefined
  return already === call ? from : contextWith(call.stated, from).setValue(callKey, call)
}

function payingTracer(call: PayingCall, own: Tracer | undefined): Tracer {
  // Looked up for each span: a provider may be registered late.
  const tracer = (): Tracer => own ?? trace.getTracer('ai')
  return {
    startSpan: (name: string, options?: SpanOptions, from: Context = context.active()): Span =>
      tracer().startSpan(name, options, paying(call, from)),
    startActiveSpan: (name: string, ...rest: readonly unknown[]): unknown => {
      const run = rest.at(-1) as (span: Span) => unknown
      const options = rest.length > 1 ? (rest[0] as SpanOptions) : {}
      const from = rest.length > 2 ? (rest[1] as Context) : context.active()
      return tracer().startActiveSpan(name, options, paying(call, from), run)
    },
  }
}

interface Integration {
  readonly [name: string]: unknown
}

interface OwnOptions {
  readonly isEnabled?: boolean | undefined
  readonly metadata?: { readonly [name: string]: unknown } | undefined
  readonly tracer?: Tracer | undefined
  readonly integrations?: Integration | readonly Integration[] | undefined
}

/**
 * The integrations of AI SDK 7 that would run without these: those of the call, else the registered ones. Each
 * runs with the payer. `undefined` where there are none.
 */
function payingIntegrations(
  { stated, ids }: PayingCall,
  own: OwnOptions['integrations'],
): Integration[] | undefined {
  const call: PayingCall = { stated, ids }
  if (own !== undefined && own !== null) {
    return [own].flat().map((integration) => payingIntegration(call, integration, true))
  }
  const registered = (
    globalThis as unknown as { AI_SDK_TELEMETRY_INTEGRATIONS?: readonly Integration[] }
  ).AI_SDK_TELEMETRY_INTEGRATIONS
  if (registered === undefined || registered.length === 0) return undefined
  return registered.map((integration) => payingIntegration(call, integration, false))
}

function payingIntegration(
  call: PayingCall,
  integration: Integration,
  isOfCall: boolean,
): Integration {
  // Over an empty object: a proxy may not answer for the methods of a frozen one.
  return new Proxy<Integration>(
    {},
    {
      get: (_, name) => {
        const value: unknown = Reflect.get(integration, name, integration)
        if (typeof value !== 'function') return value
        return (event: unknown, ...others: readonly unknown[]): unknown => {
          const callId = (event as { callId?: unknown } | null | undefined)?.callId
          // AI SDK 6, whose events have no such id, runs registered integrations beside those of a call.
          if (callId === undefined && !isOfCall) return undefined
          if (name === 'onStart') call.callId = callId
          const told = 'tracer' in integration ? withPayer(event, name, call.ids) : event
          const run = (): unknown => Reflect.apply(value, integration, [told, ...others])
          return context.with(paying(call, context.active()), run)
        }
      },
    },
  )
}

/** Events whose `runtimeContext` integrations write onto spans. */
const startEvents = new Set<string | symbol>(['onStart', 'onStepStart'])

/** The event with the payer's ids in its `runtimeContext`, where integrations read them for spans. */
function withPayer(event: unknown, name: string | symbol, ids: PayerIds): unknown {
  if (!startEvents.has(name) || typeof event !== 'object' || event === null) return event
  const { runtimeContext } = event as { readonly runtimeContext?: object | undefined }
  return Object.assign(Object.create(Object.getPrototypeOf(event) as object) as object, event, {
    runtimeContext: { ...runtimeContext, ...ids },
  })
}

/** Absent fields are left out: AI SDK 4 hands an `undefined` on to OpenTelemetry, which reports it. */
function idsOf({ userId, tenantId, plan }: Attribution): PayerIds {
  return Object.fromEntries(
    Object.entries({ userId, tenantId, plan }).filter(([, id]) => id !== undefined && id !== ''),
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
