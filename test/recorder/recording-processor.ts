import { createContextKey } from '@opentelemetry/api'
import type { Attributes, AttributeValue, Context } from '@opentelemetry/api'
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { Who } from './ai-sdks/lane.ts'

/** Where the recorder's own `attribute` keeps the user, so that a span shows whom it would have found. */
export const ATTRIBUTED = createContextKey('recorder: attributed user')

export interface RecordedSpan {
  /** In the order of starting, from 1. */
  id: number
  parent: number | null
  name: string
  kind: number
  scope: string
  /** The user that was attributed where the span started; only AI SDK 7 lanes attribute. */
  attributed?: Who
  start: Attributes
  /** Attributes added or changed by the end; null: the span never ended. */
  end: Attributes | null
  /** Its place in the order of ending, from 1. */
  ended: number | null
  status: { code: number; message?: string }
  events: { name: string; attributes: Attributes }[]
}

/** Keeps what a span carries when it starts and what it carries when it ends. */
export class RecordingProcessor implements SpanProcessor {
  spans: RecordedSpan[] = []
  #bySpan = new Map<string, RecordedSpan>()
  #ended = 0

  /** Forgets all spans: those of an earlier scenario that end late do not get into the next one. */
  startOver(): void {
    this.spans = []
    this.#bySpan = new Map()
    this.#ended = 0
  }

  get allEnded(): boolean {
    return this.#ended === this.spans.length
  }

  onStart(span: Span, parentContext: Context): void {
    const parent = this.#bySpan.get(span.parentSpanContext?.spanId ?? '')
    const attributed = parentContext.getValue(ATTRIBUTED) as Who | undefined
    const recorded: RecordedSpan = {
      id: this.spans.length + 1,
      parent: parent?.id ?? null,
      name: span.name,
      kind: span.kind,
      scope: span.instrumentationScope.name,
      ...(attributed && { attributed }),
      start: { ...span.attributes },
      end: null,
      ended: null,
      status: { code: 0 },
      events: [],
    }
    this.spans.push(recorded)
    this.#bySpan.set(span.spanContext().spanId, recorded)
  }

  onEnd(span: ReadableSpan): void {
    const recorded = this.#bySpan.get(span.spanContext().spanId)
    if (recorded === undefined) return
    this.#ended += 1
    recorded.name = span.name
    recorded.end = changes(recorded.start, span.attributes)
    recorded.ended = this.#ended
    recorded.status = { ...span.status }
    recorded.events = span.events.map(({ name, attributes = {} }) => ({ name, attributes }))
  }

  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}

function changes(start: Attributes, end: Attributes): Attributes {
  const changed = Object.entries(end).filter(([key, value]) => !same(start[key], value))
  return Object.fromEntries(changed)
}

function same(before: AttributeValue | undefined, after: AttributeValue | undefined): boolean {
  return Object.is(before, after) || JSON.stringify(before) === JSON.stringify(after)
}
