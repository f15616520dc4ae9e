import type { Charge } from 'costspan'

/** What one call cost, as far as the page shows it. */
export interface CallCost {
  traceId: string
  spanId: string
  userId: string
  plan: string
  model: string
  at: number
  inputTokens?: number
  outputTokens?: number
  /** Absent is unknown, which is not 0. */
  usd?: number
  status: Charge['status']
}

export interface Spending {
  userId: string
  plan: string
  calls: number
  usd: number
  /** How many of the calls are not in `usd`, though they may be billed. */
  unknownCalls: number
}

export interface Ledger {
  /** The latest call first. */
  latestCalls: CallCost[]
  spendings: Spending[]
}

/** Each list ends somewhere: the memory of a server is no database. */
const MOST_CALLS = 50
const MOST_SPENDINGS = 1_000

// `next build` gives instrumentation.ts and the routes a copy each of this file, but one `globalThis`.
const KEY = Symbol.for('example-nextjs.ledger')
const shared = globalThis as { [KEY]?: Ledger }

export const ledger: Ledger = (shared[KEY] ??= { latestCalls: [], spendings: [] })

/** A placeholder for a table of your database. */
export function enter(charge: Charge): void {
  const call = toCallCost(charge)
  ledger.latestCalls.unshift(call)
  ledger.latestCalls.length = Math.min(ledger.latestCalls.length, MOST_CALLS)
  const spending = spendingOf(call)
  if (spending === undefined) return
  spending.calls += 1
  spending.usd += call.usd ?? 0
  if (isUnknown(call)) spending.unknownCalls += 1
}

/** The provider refused a failed call, and bills nothing for it. */
export function isUnknown({ usd, status }: CallCost): boolean {
  return usd === undefined && status !== 'call_failed'
}

function toCallCost({ traceId, spanId, at, attribution, call, usage, usd, status }: Charge) {
  return {
    traceId,
    spanId,
    at,
    userId: attribution.userId ?? 'nobody',
    plan: attribution.plan ?? 'none',
    model: call.requestModel ?? call.responseModel ?? 'unknown model',
    ...(usage && {
      inputTokens: usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h,
      outputTokens: usage.output,
    }),
    ...(usd !== undefined && { usd }),
    status,
  }
}

function spendingOf({ userId, plan }: CallCost): Spending | undefined {
  const known = ledger.spendings.find((entry) => entry.userId === userId && entry.plan === plan)
  if (known !== undefined || ledger.spendings.length >= MOST_SPENDINGS) return known
  const added = { userId, plan, calls: 0, usd: 0, unknownCalls: 0 }
  ledger.spendings.push(added)
  return added
}
