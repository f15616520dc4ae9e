import { mayBeSameCall, type CallIdentity, type SpanRole } from '../call/model-call.ts'

/** Entries of one generation; two are kept. */
const GENERATION = 4096
/** Calls inside one span that are told apart. */
const MAXIMUM_INNER = 16

/** A span as far as it matters here. */
export interface EndedSpan {
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly scope: string
}

/** A call below a span that may be the inside of a call above. */
export interface InnerCall extends CallIdentity {
  readonly priced: boolean
  /** The instrumentations that began an operation in between. */
  readonly begun: ReadonlySet<string>
}

/**
 * Which calls are below a span, learned from the spans that ended before it: children end first.
 * The rule is that of the processor's lineage. Bounded: after some thousand spans the oldest
 * generation is forgotten.
 */
export class CarriedCalls {
  #young = new Map<string, InnerCall[]>()
  #old = new Map<string, InnerCall[]>()

  /** The calls that are the inside of a call. */
  inside({ spanId, scope }: EndedSpan, call: CallIdentity): InnerCall[] {
    return this.#below(spanId).filter(
      (inner) => !inner.begun.has(scope) && mayBeSameCall(call, inner),
    )
  }

  /** Hands what is below an ended span, and the span itself if it is a call, on to its parent. */
  passOn(span: EndedSpan, role: SpanRole | undefined, call: InnerCall | undefined): void {
    if (span.parentSpanId === undefined || role === 'tool') return
    const below = this.#below(span.spanId)
    const passed = role === 'group' ? below.map((inner) => afterGroup(inner, span.scope)) : below
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
    this.#young.set(spanId, [...this.#below(spanId), ...calls].slice(0, MAXIMUM_INNER))
  }
}

function afterGroup(inner: InnerCall, scope: string): InnerCall {
  return inner.begun.has(scope) ? inner : { ...inner, begun: new Set(inner.begun).add(scope) }
}
