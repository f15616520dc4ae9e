/** Who is attributed with `withAttribution`; odd values are part of the test. */
export type PlannedAttribution = unknown

/** One span of an input. Times are milliseconds after the start of the input. */
export interface PlannedSpan {
  readonly name: string
  readonly scope: string
  readonly kind: number
  /** Index of the span above, `undefined` for none. */
  readonly parent: number | undefined
  readonly start: Readonly<Record<string, unknown>>
  readonly end: Readonly<Record<string, unknown>>
  readonly status: { readonly code: number; readonly message?: string }
  readonly events: readonly {
    readonly name: string
    readonly attributes: Readonly<Record<string, unknown>>
  }[]
  /** `withAttribution` right around the start of the span. */
  readonly attributed?: PlannedAttribution
  /** `setAttribution` after the span has started, inside of it. */
  readonly attributedLater?: PlannedAttribution
  readonly startsAt: number
  /** `undefined` for a span that never ends. */
  readonly endsAt: number | undefined
}

/** What both packages are fed at once: one or several trees of spans, and what came in with the request. */
export interface Plan {
  /** Names it in the output, and is enough to make it again. */
  readonly id: string
  readonly spans: readonly PlannedSpan[]
  readonly headers: Readonly<Record<string, string>>
  /** `withAttribution` around all. */
  readonly attributed?: PlannedAttribution
  /** Milliseconds since the epoch, for prices that hold for a time. */
  readonly at: number
  /** In which order and in batches of what size an exporter gets the spans. */
  readonly exportOrder: 'ended' | 'started' | 'shuffled'
  readonly batchSize: number
}

export interface Step {
  readonly kind: 'start' | 'end'
  readonly index: number
  readonly at: number
}

/** Starts and ends in the order of their times. */
export function stepsOf({ spans }: Plan): Step[] {
  const steps: Step[] = []
  spans.forEach((span, index) => {
    steps.push({ kind: 'start', index, at: span.startsAt })
    if (span.endsAt !== undefined) steps.push({ kind: 'end', index, at: span.endsAt })
  })
  return steps.toSorted((one, other) => one.at - other.at)
}
