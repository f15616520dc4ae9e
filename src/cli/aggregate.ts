import type { Charge } from '../charge/charge.ts'
import { inputTokens, outputTokens } from '../usage/usage.ts'

/** The sums over several calls. */
export interface Totals {
  /** US dollars of the calls whose cost is known. */
  usd: number
  /** The part of `usd` that is a bound or an estimate. */
  inexactUsd: number
  calls: number
  /** Calls of unknown cost. A call that a provider refused is not among them: it costs nothing. */
  unknownCalls: number
  /** Calls that a provider refused. */
  failedCalls: number
  inputTokens: number
  outputTokens: number
}

/** The dimensions that a report can group by, with the group of a charge, also where the charge has no value. */
export const dimensions = {
  user: ({ attribution: { userId, redacted } }: Charge): string =>
    userId ?? (redacted === true ? '(left out: looked personal)' : '(no user)'),
  tenant: ({ attribution }: Charge): string => attribution.tenantId ?? '(no tenant)',
  plan: ({ attribution }: Charge): string => attribution.plan ?? '(no plan)',
  model: ({ call }: Charge): string => call.responseModel ?? call.requestModel ?? '(no model)',
  day: ({ at }: Charge): string => new Date(at).toISOString().slice(0, 10),
} as const

export type Dimension = keyof typeof dimensions

/** A group of charges and its sums. */
export type Group = readonly [name: string, totals: Totals]

/** Sums by group: the most expensive group first, days in their order. */
export async function aggregate(
  charges: AsyncIterable<Charge>,
  by: Dimension,
): Promise<readonly Group[]> {
  const groups = new Map<string, Totals>()
  const nameOf = dimensions[by]
  for await (const charge of charges) {
    const name = nameOf(charge)
    let totals = groups.get(name)
    if (totals === undefined) groups.set(name, (totals = emptyTotals()))
    add(totals, charge)
  }
  return [...groups].toSorted(([name, one], [otherName, other]) =>
    by === 'day' ? name.localeCompare(otherName) : other.usd - one.usd || other.calls - one.calls,
  )
}

export function emptyTotals(): Totals {
  return {
    usd: 0,
    inexactUsd: 0,
    calls: 0,
    unknownCalls: 0,
    failedCalls: 0,
    inputTokens: 0,
    outputTokens: 0,
  }
}

export function sumTotals(all: readonly Totals[]): Totals {
  const sum = emptyTotals()
  for (const totals of all) {
    for (const field of Object.keys(sum) as (keyof Totals)[]) sum[field] += totals[field]
  }
  return sum
}

/** A sum of unknown costs alone is unknown, not 0. */
export function isUnknown({ unknownCalls, usd }: Totals): boolean {
  return unknownCalls > 0 && usd === 0
}

function add(totals: Totals, { usd, status, usage }: Charge): void {
  totals.calls++
  if (status === 'call_failed') totals.failedCalls++
  else if (usd === undefined) totals.unknownCalls++
  if (usd !== undefined) totals.usd += usd
  if (usd !== undefined && status !== 'priced') totals.inexactUsd += usd
  if (usage === undefined) return
  totals.inputTokens += inputTokens(usage)
  totals.outputTokens += outputTokens(usage)
}
