import type { SpanRole } from '../call/model-call.ts'
import type { Charge } from '../charge/charge.ts'
import { expected } from '../expected.ts'
import type { SpanAttributes, SpanLike } from '../span/span.ts'

/** An AI span that ends, with what costspan knows of it. */
export interface ChargedSpan {
  /** A call to a provider, a tool, or a group of calls. */
  readonly role: SpanRole
  /** Of a call that carries a cost, or says why not; `undefined` for all other spans. */
  readonly charge: Charge | undefined
  /** Who pays, as it may be told. */
  readonly attribution: Charge['attribution']
  /** With what costspan wrote: to be read, and not to be changed. */
  readonly attributes: SpanAttributes
}

/**
 * What a backend reads beside the canonical attributes, and where: it is written next to these, and
 * `undefined` is not. Called for every AI span inside `span.end()`; what it throws is caught and reported
 * once.
 */
export type Backend = (span: ChargedSpan) => {
  readonly [name: string]: string | number | readonly string[] | undefined
}

/** @throws TypeError if the option is no list of functions. */
export function assertBackends(backends: readonly Backend[]): void {
  if (!Array.isArray(backends)) throw expected('backends', 'an array of backends', backends)
  backends.forEach((backend, index) => {
    if (typeof backend === 'function') return
    throw expected(`backends[${index}]`, 'a function, as of costspan/backends', backend)
  })
}

/** Writes what the backends read. */
export function stampFor(
  backends: readonly Backend[],
  span: ChargedSpan,
  attributes: SpanLike['attributes'],
): void {
  for (const backend of backends) {
    for (const [name, value] of Object.entries(backend(span))) {
      if (value !== undefined) attributes[name] = value
    }
  }
}
