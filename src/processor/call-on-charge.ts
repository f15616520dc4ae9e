import type { Charge } from '../charge/charge.ts'
import type { Reporter } from '../warnings/reporter.ts'
import { catchRejection } from '../thenable.ts'

/** Calls `onCharge`, which may throw or be asynchronous, for one charge. */
export function callOnCharge(
  onCharge: (charge: Charge) => void,
  charge: Charge,
  reporter: Reporter,
): void {
  const failed = (error: unknown): void => reporter.failed('onCharge', error)
  try {
    const returned: unknown = onCharge(charge)
    // An async function fits the type, and its rejection would end the process.
    if (returned !== undefined) catchRejection(returned, failed)
  } catch (error) {
    failed(error)
  }
}
