import type { Charge } from '../charge/charge.ts'
import type { Beside } from '../duplicates/side-by-side.ts'
import type { Reporter } from '../warnings/reporter.ts'
import { warn } from './messages.ts'

/** Whether another span carries the cost of a call, or another span may show the same call. */
export type Duplicate = 'carried' | 'recorded twice' | undefined

/** Warns of what was found beside a call, and says what follows for its charge. */
export function reportBeside(reporter: Reporter, beside: Beside | 'different'): Duplicate {
  if (beside === undefined || beside === 'different') return undefined
  if (beside === 'integration') warn(reporter, 'recordedTwice')
  if (beside === 'anthropic') warn(reporter, 'anthropicDuplicate')
  if (beside !== 'forgotten') return 'carried'
  warn(reporter, 'uncertainMatch')
  return 'recorded twice'
}

/**
 * Warns that a call was taken for another on too little evidence. That an inner call without usage
 * is left out is no loss, nor is an outer operation of the AI SDK's that is no chat: it has no usage.
 */
export function reportUnsure(
  reporter: Reporter,
  { usd, status, call }: Charge,
  isInside: boolean,
): void {
  const isOuterChat = !isInside && status !== 'call_failed' && call.operation === 'chat'
  if (usd !== undefined || isOuterChat) warn(reporter, 'uncertainMatch')
}
