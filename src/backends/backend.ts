import type { SpanRole } from '../conventions/model-call.ts'
import type { Charge } from '../charge/charge.ts'
import { invalidOption } from '../invalid-option.ts'
import type { Reporter } from '../warnings/reporter.ts'
import type { SpanAttributes, SpanLike } from '../span/span.ts'
import { catchRejection } from '../thenable.ts'

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
  if (!Array.isArray(backends)) throw invalidOption('backends', 'an array of backends', backends)
  backends.forEach((backend, index) => {
    if (typeof backend === 'function') return
    throw invalidOption(`backends[${index}]`, 'a function, as of costspan/backends', backend)
  })
}

/** Writes what the backends read. One that fails keeps no other from its own. */
export function writeBackendAttributes(
  backends: readonly Backend[],
  span: ChargedSpan,
  attributes: SpanLike['attributes'],
  reporter: Reporter,
): void {
  for (const backend of backends) {
    try {
      stamp(backend(span), attributes, reporter)
    } catch (error) {
      reporter.failed('a backend', error)
    }
  }
}

/** A backend may be anybody's code, and what it returns anything. */
function stamp(returned: unknown, attributes: SpanLike['attributes'], reporter: Reporter): void {
  // The error that follows names it; what it rejects with adds nothing.
  if (catchRejection(returned))
    throw invalidOption('a backend', 'a function that returns no promise')
  if (typeof returned !== 'object' || returned === null || Array.isArray(returned)) {
    throw invalidOption('a backend', 'a function that returns an object', returned)
  }
  for (const [name, value] of Object.entries(returned)) {
    if (value === undefined) continue
    if (isAttributeValue(value)) attributes[name] = value
    else reporter.failed('a backend', unfit(name, value))
  }
}

function unfit(name: string, value: unknown): TypeError {
  catchRejection(value)
  return invalidOption(name.slice(0, 80), 'a text, a number, a boolean or a list of texts')
}

function isAttributeValue(value: unknown): boolean {
  const type = typeof value
  return type === 'string' || type === 'number' || type === 'boolean' || Array.isArray(value)
}
