import type { CallCost } from '../ledger'
import { Money } from './money'

const QUALIFIERS: Partial<Record<CallCost['status'], string>> = {
  lower_bound: 'at least ',
  upper_bound: 'at most ',
  estimated: 'about ',
}

const REASONS: Partial<Record<CallCost['status'], string>> = {
  unknown_usage: 'The answer broke off, and the provider reported no usage.',
  unpriced: 'No price is known for the model.',
}

/** What a call cost. Unknown is not $0. */
export function CostOf({ call: { usd, status } }: { call: CallCost }) {
  if (usd !== undefined) {
    return (
      <>
        {QUALIFIERS[status]}
        <Money usd={usd} />
      </>
    )
  }
  if (status === 'call_failed') return <span>refused, not billed</span>
  return (
    <span className="unknown" title={REASONS[status]}>
      cost unknown
    </span>
  )
}

export function Tokens({ call: { inputTokens, outputTokens } }: { call: CallCost }) {
  if (inputTokens === undefined || outputTokens === undefined) return null
  return (
    <span>
      {inputTokens.toLocaleString('en')} tokens in, {outputTokens.toLocaleString('en')} out
    </span>
  )
}
