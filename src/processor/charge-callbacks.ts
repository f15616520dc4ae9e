import type { Charge } from '../charge/charge.ts'
import { invalidOption } from '../invalid-option.ts'
import type { SpanLike } from '../span/span.ts'
import { catchRejection } from '../thenable.ts'
import type { Reporter } from '../warnings/reporter.ts'

/** Receives the charge of a call. */
export type OnCharge = (charge: Charge) => void

/** The calls of one `onCharge` function by all processors and exporters that have it. */
interface CallbackUse {
  users: number
  /** The latest charge that it received, by span and by the object of its ids; kept from the second user on. */
  charges: WeakMap<object, Charge> | undefined
}

interface Callback {
  readonly onCharge: OnCharge
  readonly use: CallbackUse
}

const uses = new WeakMap<object, CallbackUse>()

/** Calls the functions of the option `onCharge`, which may throw or be asynchronous. */
export class ChargeCallbacks {
  readonly #callbacks: readonly Callback[]

  /** @throws TypeError if the option is neither a function nor an array of functions. */
  constructor(option: OnCharge | readonly OnCharge[] | undefined) {
    this.#callbacks = functionsOf(option).map((onCharge) => ({ onCharge, use: useOf(onCharge) }))
  }

  /** Calls each function that has not received this charge, or has received it without a cost. */
  call(span: SpanLike, charge: Charge, reporter: Reporter): void {
    for (const { onCharge, use } of this.#callbacks) {
      if (!hasReceived(use, span, charge)) callOnCharge(onCharge, charge, reporter)
    }
  }
}

function functionsOf(option: unknown): readonly OnCharge[] {
  if (option === undefined) return []
  if (typeof option === 'function') return [option as OnCharge]
  if (!Array.isArray(option)) {
    throw invalidOption('onCharge', 'a function or an array of functions', option)
  }
  // `map` and `forEach` skip the holes of an array.
  return Array.from(option as readonly unknown[], (element, index) => {
    if (typeof element === 'function') return element as OnCharge
    throw invalidOption(`onCharge[${index}]`, 'a function', element)
  })
}

/** Two processors on one provider charge the same spans: a function that both have must receive each call once. */
function useOf(onCharge: OnCharge): CallbackUse {
  const use = uses.get(onCharge) ?? { users: 0, charges: undefined }
  uses.set(onCharge, use)
  use.users++
  if (use.users > 1) use.charges ??= new WeakMap()
  return use
}

/** Whether another user of the function has passed it this charge, with a cost if this one has a cost. Notes it if not. */
function hasReceived({ charges }: CallbackUse, span: SpanLike, charge: Charge): boolean {
  if (charges === undefined) return false
  // For a span that does not end each processor has its own copy, with the ids object of the span.
  const ids = span.spanContext()
  const known = charges.get(ids) ?? charges.get(span)
  if (known !== undefined && (known.usd !== undefined || charge.usd === undefined)) return true
  charges.set(ids, charge)
  // Some hosts create the ids object anew for each caller.
  charges.set(span, charge)
  return false
}

function callOnCharge(onCharge: OnCharge, charge: Charge, reporter: Reporter): void {
  const failed = (error: unknown): void => reporter.failed('onCharge', error)
  try {
    const returned: unknown = onCharge(charge)
    // An async function fits the type, and its rejection would end the process.
    if (returned !== undefined) catchRejection(returned, failed)
  } catch (error) {
    failed(error)
  }
}
