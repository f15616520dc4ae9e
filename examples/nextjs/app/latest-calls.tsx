import type { CallCost } from '../ledger'
import { CostOf } from './call-cost'
import { UserName } from './user-name'

const SHOWN = 8

export function LatestCalls({ calls }: { calls: CallCost[] }) {
  if (calls.length === 0) return null
  return (
    <section className="panel latest" aria-labelledby="latest">
      <h2 id="latest">Latest calls</h2>
      <ul className="rows">
        {calls.slice(0, SHOWN).map((call) => (
          <li key={call.spanId}>
            <UserName userId={call.userId} plan={call.plan} />
            <span className="model">{call.model}</span>
            <CostOf call={call} />
          </li>
        ))}
      </ul>
    </section>
  )
}
