import type { SpanRole } from '../conventions/model-call.ts'
import type { Charge } from '../charge/charge.ts'
import { invalidOption } from '../invalid-option.ts'
import type { Reporter } from '../warnings/reporter.ts'
import type { SpanAttributes, SpanLike } from '../span/span.ts'
import { catchRejection } from '../thenable.ts'

/** An AI span that ends, with its charge and attribution. */
export interface ChargedSpan {
  /** A call to a provider, a tool, or a group of calls. */
  readonly role: SpanRole
  /** The charge of a call that carries a cost, or the reason why it has none; `undefined` for all other spans. */
  readonly charge: Charge | undefined
  /** The public attribution: after redaction. */
  readonly attribution: Charge['attribution']
  /** The attributes of the span, including those that costspan wrote. Do not change them. */
  readonly attributes: SpanAttributes
}

/**
 * Returns the attributes that a backend reads besides the canonical ones. They are written to the span, except values
 * of `undefined`. Called for every AI span inside `span.end()`; an error is caught and reported once.
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

/** Writes what the backends read. A backend that fails does not affect the others. */
export function writeBackendAttributes(
  backends: readonly Backend[],
  span: ChargedSpan,
  attributes: SpanLike['attributes'],
  reporter: Reporter,
): void {
  for (const backend of backends) {
    try {
      write(backend(span), attributes, reporter)
    } catch (error) {
      reporter.failed('a backend', error)
    }
  }
}

/** A backend may be any code, and return anything. */
function write(returned: unknown, attributes: SpanLike['attributes'], reporter: Reporter): void {
  // The error below names the promise; its rejection adds nothing.
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
