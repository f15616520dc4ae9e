import type { SpanRole } from '../call/model-call.ts'

/** Entries of one generation; two are kept. */
const GENERATION = 4096
/** Calls directly inside one span that are told apart. */
const MAXIMUM_INNER = 16

/** A call below a span that may be the inside of a call above. */
export interface InnerCall {
  readonly priced: boolean
  /** The instrumentations that began an operation in between. */
  readonly begun: readonly string[]
}

/**
 * Which calls are below a span, learned from the spans that ended before it: children end first.
 * The rule is that of the processor's lineage. Bounded: after some thousand spans the oldest
 * generation is forgotten.
 */
export class CarriedCalls {
  #young = new Map<string, InnerCall[]>()
  #old = new Map<string, InnerCall[]>()

  /** The calls that are the inside of a call which that instrumentation wrote. */
  inside(spanId: string, scope: string): InnerCall[] {
    return this.#below(spanId).filter(({ begun }) => !begun.includes(scope))
  }

  /** Hands what is below an ended span, and the span itself if it is a call, on to its parent. */
  passOn(
    span: {
      readonly spanId: string
      readonly parentSpanId: string | undefined
      readonly scope: string
    },
    role: SpanRole | undefined,
    call: InnerCall | undefined,
  ): void {
    if (span.parentSpanId === undefined || role === 'tool') return
    const below = this.#below(span.spanId)
    const passed =
      role === 'operation'
        ? below.map((inner) => ({ ...inner, begun: [...inner.begun, span.scope] }))
        : below
    const all = call === undefined ? passed : [call, ...passed]
    if (all.length > 0) this.#add(span.parentSpanId, all)
  }

  #below(spanId: string): InnerCall[] {
    return this.#young.get(spanId) ?? this.#old.get(spanId) ?? []
  }

  #add(spanId: string, calls: InnerCall[]): void {
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young
      this.#young = new Map()
    }
    const merged = new Map<string, InnerCall>()
    for (const call of [...this.#below(spanId), ...calls]) {
      if (merged.size < MAXIMUM_INNER) merged.set(`${call.priced} ${call.begun.join(' ')}`, call)
    }
    this.#young.set(spanId, [...merged.values()])
  }
}
