import type { Charge } from '../charge/charge.ts'
import { inputTokens, outputTokens } from '../usage/usage.ts'

/** What calls cost together. */
export interface Spend {
  /** US dollars of those whose cost is known. */
  usd: number
  /** The part of it that is a bound or an estimate. */
  inexactUsd: number
  calls: number
  /** How many cost something that nobody knows; what a provider refused costs nothing. */
  unknownCalls: number
  /** How many a provider refused. */
  failedCalls: number
  inputTokens: number
  outputTokens: number
}

/** What charges may be summed up by, and what stands for those that do not say. */
export const dimensions = {
  user: ({ attribution: { userId, redacted } }: Charge): string =>
    userId ?? (redacted === true ? '(left out: looked personal)' : '(no user)'),
  tenant: ({ attribution }: Charge): string => attribution.tenantId ?? '(no tenant)',
  plan: ({ attribution }: Charge): string => attribution.plan ?? '(no plan)',
  model: ({ call }: Charge): string => call.responseModel ?? call.requestModel ?? '(no model)',
  day: ({ at }: Charge): string => new Date(at).toISOString().slice(0, 10),
} as const

export type Dimension = keyof typeof dimensions

/** Sums by name; the names that cost most first, days in their order. */
export async function spendBy(
  charges: AsyncIterable<Charge>,
  by: Dimension,
): Promise<[name: string, spend: Spend][]> {
  const spends = new Map<string, Spend>()
  const nameOf = dimensions[by]
  for await (const charge of charges) {
    const name = nameOf(charge)
    let spend = spends.get(name)
    if (spend === undefined) spends.set(name, (spend = nothing()))
    add(spend, charge)
  }
  return [...spends].toSorted(([name, one], [otherName, other]) =>
    by === 'day' ? name.localeCompare(otherName) : other.usd - one.usd || other.calls - one.calls,
  )
}

export function nothing(): Spend {
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

export function sumOfSpends(spends: readonly Spend[]): Spend {
  const sum = nothing()
  for (const spend of spends) {
    for (const field of Object.keys(sum) as (keyof Spend)[]) sum[field] += spend[field]
  }
  return sum
}

/** Nothing but unknown costs are not 0. */
export function isAllUnknown({ unknownCalls, usd }: Spend): boolean {
  return unknownCalls > 0 && usd === 0
}

function add(spend: Spend, { usd, status, usage }: Charge): void {
  spend.calls++
  if (status === 'call_failed') spend.failedCalls++
  else if (usd === undefined) spend.unknownCalls++
  if (usd !== undefined) spend.usd += usd
  if (usd !== undefined && status !== 'priced') spend.inexactUsd += usd
  if (usage === undefined) return
  spend.inputTokens += inputTokens(usage)
  spend.outputTokens += outputTokens(usage)
}
