import type { ReadAttributes } from './attribute-names.ts'

/**
 * The part of an OpenTelemetry span that costspan relies on. Structural, so that the spans of
 * the OTel SDK 1.x, 2.x and 3.x and of `@vercel/otel` all fit without importing any of them.
 */
export interface SpanLike {
  /** The name of the span. */
  readonly name: string
  /** Seconds and nanoseconds since the epoch. */
  readonly startTime: readonly [number, number]
  /** As `startTime`; before it, or absent, while the span has not ended. */
  readonly endTime?: readonly [number, number] | undefined
  /** Whether the operation failed. */
  readonly status: {
    /** `SpanStatusCode`: 2 is an error. */
    readonly code: number
    /** The error, as the instrumentation describes it. */
    readonly message?: string | undefined
  }
  /** The attributes, by name. A processor writes into this object. */
  readonly attributes: { [name: string]: unknown }
  /** Events of the span, such as `exception`. */
  readonly events: readonly {
    /** The name of the event. */
    readonly name: string
    /** The attributes of the event, by name. */
    readonly attributes?: { readonly [name: string]: unknown } | undefined
  }[]
  /** Returns the ids of the span. */
  spanContext(): {
    /** 32 hexadecimal digits. */
    readonly traceId: string
    /** 16 hexadecimal digits. */
    readonly spanId: string
  }
  /** SDK 2 and 3. */
  readonly parentSpanContext?:
    | {
        /** 16 hexadecimal digits. */
        readonly spanId: string
      }
    | undefined
  /** SDK 1: 16 hexadecimal digits. */
  readonly parentSpanId?: string | undefined
  /** SDK 2 and 3: the instrumentation that wrote the span. */
  readonly instrumentationScope?:
    | {
        /** The name of the instrumentation's tracer. */
        readonly name: string
      }
    | undefined
  /** SDK 1: the instrumentation that wrote the span. */
  readonly instrumentationLibrary?:
    | {
        /** The name of the instrumentation's tracer. */
        readonly name: string
      }
    | undefined
  /** What the tracer provider describes, such as the service. */
  readonly resource?: ResourceLike | undefined
}

/** The part of an OpenTelemetry resource that costspan relies on. */
export interface ResourceLike {
  /** The attributes, by name, such as `service.name`. */
  readonly attributes: { readonly [name: string]: unknown }
  /** Whether a detector has not answered yet. */
  readonly asyncAttributesPending?: boolean | undefined
  /** SDK 2 and 3: the attributes as they are known while a detector has not answered. */
  getRawAttributes?(): readonly (readonly [name: string, value: unknown])[]
}

/** `SpanStatusCode.ERROR`. */
export const ERROR = 2

/** The attributes of a span that are read by name. */
export type SpanAttributes = ReadAttributes

/** Reads an attribute by a computed name, such as that of a tag. */
export function attributeNamed(attributes: SpanAttributes, name: string): unknown {
  return (attributes as SpanLike['attributes'])[name]
}

/** When the span started, in milliseconds since the epoch. */
export function startMilliseconds(span: SpanLike): number {
  return span.startTime[0] * 1e3 + span.startTime[1] / 1e6
}

/** How long the span took, in seconds; `undefined` if its end time is absent or invalid. */
export function durationSeconds({ startTime, endTime }: SpanLike): number | undefined {
  if (typeof endTime !== 'object' || endTime === null) return undefined
  const seconds = endTime[0] - startTime[0] + (endTime[1] - startTime[1]) / 1e9
  return seconds >= 0 && seconds < Number.POSITIVE_INFINITY ? seconds : undefined
}

export function parentSpanId(span: SpanLike): string | undefined {
  return span.parentSpanContext?.spanId ?? span.parentSpanId
}

/**
 * Characters that the SDK keeps of a value; 0 if there is no limit or it is not known. SDK 1 to 3 keep it in a field
 * that is not public, and exported spans do not have it.
 */
export function valueLimitOf(span: SpanLike): number {
  const { _attributeValueLengthLimit: limit } = span as { _attributeValueLengthLimit?: unknown }
  return typeof limit === 'number' && limit > 0 && limit < Number.POSITIVE_INFINITY ? limit : 0
}

/** Which instrumentation wrote the span. */
export function scopeName(span: SpanLike): string {
  return (span.instrumentationScope ?? span.instrumentationLibrary)?.name ?? ''
}

/** The attribute, if it is a string that is not empty. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/**
 * The attribute, if it is a count that can be billed. NaN (AI SDK 4 writes it for unreported
 * usage), infinities, negative numbers and numbers too large to be exact are absent; -0, which JSON
 * does not keep, is 0.
 */
export function toQuantity(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
    ? value + 0
    : undefined
}
