import type { Spending } from '../ledger'
import { dollars, Money } from './money'
import { UserName } from './user-name'

/** What every plan and every user spent since the server started. */
export function SpendingPanel({ spendings }: { spendings: Spending[] }) {
  const total = totalOf(spendings)

  return (
    <section className="panel spending" aria-labelledby="spending">
      <h2 id="spending">What it costs</h2>
      <p className="total">
        {hasCost(total) && <Money usd={total.usd} />}
        {total.unknownCalls > 0 && (
          <span className="unknown">+ {total.unknownCalls} of unknown cost</span>
        )}
      </p>
      {spendings.length === 0 ? (
        <p className="hint">No call has ended since the server started.</p>
      ) : (
        <>
          <Plans spendings={spendings} total={total.usd} />
          <ul className="rows">
            {spendings
              .toSorted((one, other) => other.usd - one.usd)
              .map((spending) => (
                <UserRow key={`${spending.userId} ${spending.plan}`} spending={spending} />
              ))}
          </ul>
        </>
      )}
    </section>
  )
}

function Plans({ spendings, total }: { spendings: Spending[]; total: number }) {
  const names = [...new Set(spendings.map(({ plan }) => plan))]
  const plans = names
    .map((name) => ({ name, spent: totalOf(spendings.filter(({ plan }) => plan === name)) }))
    .toSorted((one, other) => other.spent.usd - one.spent.usd)
  const label = plans.map(({ name, spent }) => `${name} ${dollars(spent.usd)}`).join(', ')

  return (
    <>
      <div className="bar" role="img" aria-label={`By plan: ${label}`}>
        {total > 0 &&
          plans.map(({ name, spent }) => (
            <span key={name} data-plan={name} style={{ flexGrow: spent.usd / total }} />
          ))}
      </div>
      <ul className="plans" aria-label="By plan">
        {plans.map(({ name, spent }) => (
          <li key={name} data-plan={name}>
            <span className="key">{name}</span>{' '}
            {hasCost(spent) ? <Money usd={spent.usd} /> : 'unknown'}
          </li>
        ))}
      </ul>
    </>
  )
}

function UserRow({ spending }: { spending: Spending }) {
  const { userId, plan, calls, usd, unknownCalls } = spending
  return (
    <li data-user={userId}>
      <UserName userId={userId} plan={plan} />
      <span className="spent">
        {hasCost(spending) && <Money usd={usd} />}
        <span className="hint">
          {calls === 1 ? '1 call' : `${calls} calls`}
          {unknownCalls > 0 && (
            <>
              , <b>{unknownCalls} unknown</b>
            </>
          )}
        </span>
      </span>
    </li>
  )
}

type Total = Pick<Spending, 'calls' | 'usd' | 'unknownCalls'>

function totalOf(spendings: Spending[]): Total {
  return spendings.reduce<Total>(
    (sum, { calls, usd, unknownCalls }) => ({
      calls: sum.calls + calls,
      usd: sum.usd + usd,
      unknownCalls: sum.unknownCalls + unknownCalls,
    }),
    { calls: 0, usd: 0, unknownCalls: 0 },
  )
}

/** Where every cost is unknown, $0 would be wrong. */
function hasCost({ calls, unknownCalls }: Total): boolean {
  return calls === 0 || calls > unknownCalls
}
