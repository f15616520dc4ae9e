import type { Charge } from '../charge/charge.ts'
import { invalidOption } from '../invalid-option.ts'
import type { SpanLike } from '../span/span.ts'

/** What is known of one `onCharge`, by all processors that call it. */
export interface CallbackUse {
  processors: number
  /** By span and by the object of its ids, what it was called with; kept from the second processor on. */
  charges: WeakMap<object, Charge> | undefined
}

const uses = new WeakMap<object, CallbackUse>()

/**
 * Two processors on one provider charge the same spans: a callback that both have is to hear of each call once.
 *
 * @throws TypeError if it is no function.
 */
export function useOf(onCharge: unknown): CallbackUse | undefined {
  if (onCharge === undefined) return undefined
  if (typeof onCharge !== 'function') throw invalidOption('onCharge', 'a function', onCharge)
  const use = uses.get(onCharge) ?? { processors: 0, charges: undefined }
  uses.set(onCharge, use)
  use.processors++
  if (use.processors > 1) use.charges ??= new WeakMap()
  return use
}

/** Whether another processor has told the callback of this call already, and as much of it. Notes it if not. */
export function isToldAlready(
  use: CallbackUse | undefined,
  span: SpanLike,
  charge: Charge,
): boolean {
  const charges = use?.charges
  if (charges === undefined) return false
  // Of a span that does not end each processor has a likeness of its own, with the ids of the span.
  const ids = span.spanContext()
  const known = charges.get(ids) ?? charges.get(span)
  if (known !== undefined && (known.usd !== undefined || charge.usd === undefined)) return true
  charges.set(ids, charge)
  // Some hosts make the object of the ids anew for each caller.
  charges.set(span, charge)
  return false
}
