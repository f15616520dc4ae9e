import { expect } from 'vitest'
import { ARM_NAMES, type ArmName } from './arms.ts'
import type { Bench, LedgerEntry } from './bench.ts'
import { billOf } from './calls.ts'
import type { ApplicationReport } from './messages.ts'

export interface Count {
  /** Each call once. */
  readonly charges: number
  readonly lost: number
  readonly doubled: number
}

export interface Row {
  readonly fault: string
  /** That the provider has served, or that were recorded. */
  readonly calls: number
  readonly ledger: Count
  readonly metrics: Count
  readonly traces: { readonly [Name in ArmName]: Count }
  /** What became of the ledger and the metrics, in a few words. */
  readonly remark: string
  /** For how long the event loop worked at one thing at most. */
  readonly pauseMilliseconds: number
}

export interface Outcome {
  readonly row: Row
  readonly reports: readonly ApplicationReport[]
}

export interface Measured {
  readonly fault: string
  readonly bench: Pick<Bench, 'receiver'>
  /** Input tokens of each. */
  readonly calls: readonly number[]
  readonly entries: readonly LedgerEntry[]
  readonly reports: readonly ApplicationReport[]
  readonly remark?: string
}

export function toRow({ fault, bench, calls, entries, reports, remark = '' }: Measured): Row {
  const { receiver } = bench
  const ledger = countOf(
    calls,
    entries.map(({ inputTokens }) => inputTokens),
  )
  const traces = Object.fromEntries(
    ARM_NAMES.map((arm) => {
      const tokens = [...receiver.calls(arm).values()].flatMap(({ inputTokens, times }) =>
        Array.from({ length: times }, () => inputTokens),
      )
      return [arm, countOf(calls, tokens)]
    }),
  ) as Row['traces']
  const counted = receiver.counter('costspan.calls')
  const metrics = {
    charges: counted,
    lost: Math.max(0, calls.length - counted),
    doubled: Math.max(0, counted - calls.length),
  }
  const pauseMilliseconds = Math.max(
    0,
    ...reports.map(({ longestPauseMilliseconds }) => longestPauseMilliseconds),
  )
  expectMoneyIsRight({ calls, entries, ledger, metrics, usd: receiver.counter('costspan.cost') })
  return { fault, calls: calls.length, ledger, metrics, traces, remark, pauseMilliseconds }
}

function countOf(calls: readonly number[], seen: readonly number[]): Count {
  const distinct = new Set(seen)
  const made = new Set(calls)
  expect([...distinct].filter((call) => !made.has(call))).toEqual([])
  return {
    charges: distinct.size,
    lost: calls.length - distinct.size,
    doubled: seen.length - distinct.size,
  }
}

/** What is there is charged as the provider bills it, by a price list of its own. */
function expectMoneyIsRight(of: {
  readonly calls: readonly number[]
  readonly entries: readonly LedgerEntry[]
  readonly ledger: Count
  readonly metrics: Count
  readonly usd: number
}): void {
  for (const { inputTokens, usd } of of.entries) expect(usd).toBeCloseTo(billOf(inputTokens), 12)
  const bill = of.calls.reduce((sum, inputTokens) => sum + billOf(inputTokens), 0)
  const inLedger = of.entries.reduce((sum, { usd }) => sum + usd, 0)
  if (of.ledger.lost === 0) expect(inLedger).toBeCloseTo(bill, 9)
  if (of.metrics.lost === 0) expect(of.usd).toBeCloseTo(bill, 9)
}

/** On a loaded machine. To make JSON of 2,048 spans takes a fifth of it. */
const LONGEST_PAUSE_MILLISECONDS = 1_500

/** All calls were answered and charged, nothing was thrown, no part waited, and costspan printed no more than this. */
export function expectUnharmed(
  reports: readonly ApplicationReport[],
  printed: readonly string[] = [],
): void {
  for (const report of reports) {
    expect(report.made).toBeGreaterThan(0)
    expect(report.failures).toEqual([])
    expect([report.answered, report.charged]).toEqual([report.made, report.made])
    expect(report.unhandledRejections).toBe(0)
    expect(report.longestPauseMilliseconds).toBeLessThan(LONGEST_PAUSE_MILLISECONDS)
    expect(report.printed).toEqual(printed)
  }
}

export function allOf(calls: number): Count {
  return { charges: calls, lost: 0, doubled: 0 }
}
