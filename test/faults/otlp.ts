/** The parts of an `ExportTraceServiceRequest` in JSON that are read here. */
export interface TracesRequest {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[]
  }[]
}

interface WireSpan {
  readonly traceId: string
  readonly spanId: string
  readonly attributes: readonly Attribute[]
}

interface Attribute {
  readonly key: string
  readonly value: { readonly intValue?: number | string; readonly doubleValue?: number }
}

/** Of an `ExportMetricsServiceRequest`. */
export interface MetricsRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeMetrics: readonly { readonly metrics: readonly Metric[] }[]
  }[]
}

interface Metric {
  readonly name: string
  readonly sum?: {
    readonly dataPoints: readonly {
      readonly attributes: readonly Attribute[]
      readonly timeUnixNano: string
      readonly asInt?: number | string
      readonly asDouble?: number
    }[]
  }
}

export interface CountedCall {
  /** Of the span. */
  readonly id: string
  readonly inputTokens: number
  readonly usd: number
}

/** One value of a cumulative counter. */
export interface Point {
  readonly name: string
  readonly series: string
  readonly time: bigint
  readonly value: number
}

/** The calls among spans, each of which carries a status of its cost. */
export function callsIn({ resourceSpans }: TracesRequest, exceptSpans: number): CountedCall[] {
  const spans = resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap((scope) => scope.spans),
  )
  return spans.slice(exceptSpans).flatMap(({ traceId, spanId, attributes }) => {
    if (!attributes.some(({ key }) => key === 'cost.status')) return []
    const inputTokens = numberOf(attributes, 'gen_ai.usage.input_tokens')
    return [{ id: `${traceId}-${spanId}`, inputTokens, usd: numberOf(attributes, 'cost.usd') }]
  })
}

function numberOf(attributes: readonly Attribute[], name: string): number {
  const value = attributes.find(({ key }) => key === name)?.value
  return Number(value?.intValue ?? value?.doubleValue)
}

export function pointsIn({ resourceMetrics }: MetricsRequest): Point[] {
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .flatMap(({ name, sum }) =>
        (sum?.dataPoints ?? []).map(({ attributes, timeUnixNano, asInt, asDouble }) => ({
          name,
          series: JSON.stringify([name, resource.attributes, attributes]),
          time: BigInt(timeUnixNano),
          value: Number(asInt ?? asDouble),
        })),
      ),
  )
}
