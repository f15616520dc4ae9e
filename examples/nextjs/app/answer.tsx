import type { CallCost } from '../ledger'
import { CostOf, Tokens } from './call-cost'

interface AnswerProperties {
  text: string
  /** Once the call has ended. */
  call: CallCost | undefined
  isWriting: boolean
  isStopped: boolean
}

export function Answer({ text, call, isWriting, isStopped }: AnswerProperties) {
  return (
    <article className="answer" data-writing={isWriting}>
      <p>{text}</p>
      <footer>
        {call !== undefined && (
          <>
            <CostOf call={call} /> <Tokens call={call} />
          </>
        )}
        {isStopped && <span>{sayStopped(call)}</span>}
      </footer>
    </article>
  )
}

function sayStopped(call: CallCost | undefined): string {
  if (call === undefined) return 'Stopped. The model still writes, and that is billed.'
  return call.usd === undefined ? 'stopped' : 'stopped, billed as a whole'
}
