/** Reads what Sentry's SDK sends: lines of JSON, a heading and a body for each item. */
import type { ArrivedSpan } from './protobuf.ts'

interface SentrySpan {
  trace_id: string
  span_id: string
  parent_span_id?: string
}

/** As transactions carry them, of versions up to 10, and 11 on request. */
interface ChildSpan extends SentrySpan {
  description?: string
  data?: Record<string, unknown>
}

interface Transaction {
  transaction: string
  contexts: { trace: ChildSpan }
  spans?: ChildSpan[]
}

/** As they stream one by one, since version 11. */
interface StreamedSpan extends SentrySpan {
  name: string
  attributes?: Record<string, { value: unknown }>
}

export function readEnvelope(body: string): ArrivedSpan[] {
  const [, ...lines] = body.split('\n').filter((line) => line !== '')
  const spans: ArrivedSpan[] = []
  for (let index = 0; index + 1 < lines.length; index += 2) {
    const { type } = JSON.parse(lines[index] ?? '') as { type: string }
    const item: unknown = JSON.parse(lines[index + 1] ?? '')
    if (type === 'transaction') spans.push(...readTransaction(item as Transaction))
    if (type === 'span') spans.push(...(item as { items: StreamedSpan[] }).items.map(readStreamed))
  }
  return spans
}

function readTransaction({ transaction, contexts, spans = [] }: Transaction): ArrivedSpan[] {
  return [{ ...contexts.trace, description: transaction }, ...spans].map(
    ({ description = '', data = {}, ...ids }) => arrived(ids, description, data),
  )
}

function readStreamed({ name, attributes = {}, ...ids }: StreamedSpan): ArrivedSpan {
  const values = Object.entries(attributes).map(([key, { value }]) => [key, value] as const)
  return arrived(ids, name, Object.fromEntries(values))
}

function arrived(
  { trace_id, span_id, parent_span_id }: SentrySpan,
  name: string,
  attributes: Record<string, unknown>,
): ArrivedSpan {
  const parent = parent_span_id === undefined ? {} : { parentSpanId: parent_span_id }
  return { traceId: trace_id, spanId: span_id, ...parent, name, attributes }
}
