import type { ServedCall } from '../../test/loopback/provider.ts'
import type { Paint } from './paint.ts'
import type { Run } from './run.ts'
import { callsIn, spendOf, sum, type Call } from './spend.ts'
import { dollars, table } from './table.ts'

const NO_USER = '(no user)'

/** US dollars: what sums of floats may differ by and still be equal. */
const TOLERANCE = 1e-9

export interface Report {
  text: string
  /** Whether the spans add up to what the provider billed. */
  agrees: boolean
}

export function report({ spans, served }: Run, paint: Paint): Report {
  const calls = callsIn(spans)
  const comparison = compare(calls, served)
  const sections = [
    `Read from the ${spans.length} spans that arrived, of which ${calls.length} are calls to a model:`,
    table('By user', calls, nameOfUser, paint),
    table('By plan', calls, ({ plan }) => plan ?? NO_USER, paint),
    table('By tenant', calls, ({ tenant }) => tenant ?? NO_USER, paint),
    table('By model', calls, ({ model }) => model, paint),
    [unpriced(calls, paint), unattributed(calls, paint)].join('\n'),
    verdict(comparison, paint),
  ]
  return { text: sections.join('\n\n'), agrees: comparison.agrees }
}

function nameOfUser({ user, plan, tenant }: Call): string {
  if (user === undefined) return NO_USER
  return [user.padEnd(6), (plan ?? '').padEnd(5), tenant ?? ''].join(' ')
}

function unpriced(calls: Call[], paint: Paint): string {
  const those = calls.filter((call) => call.usd === undefined)
  const models = distinct(those.map(({ model }) => model))
  const users = distinct(those.map(({ user }) => user ?? NO_USER))
  return [
    `${paint.yellow('Unpriced:')} no price is known for the model, so its calls show no cost (never $0).`,
    those.length === 0 ? '  none' : `  ${count(those)} to ${models} by ${users}${features(those)}`,
  ].join('\n')
}

function unattributed(calls: Call[], paint: Paint): string {
  const those = calls.filter(({ user }) => user === undefined)
  return [
    `${paint.yellow('Unattributed:')} the app named no user, so the cost is under (no user).`,
    those.length === 0
      ? '  none'
      : `  ${count(those)} for ${dollars(spendOf(those).usd)}${features(those)}`,
  ].join('\n')
}

interface Comparison {
  spent: number
  billed: number
  unbilled: ServedCall[]
  agrees: boolean
}

/** The sum over the spans against the provider's books, which it keeps with prices of its own. */
function compare(calls: Call[], served: ServedCall[]): Comparison {
  const { usd: spent, unpricedCalls } = spendOf(calls)
  const billed = sum(served.map((call) => call.usd ?? 0))
  const unbilled = served.filter((call) => call.usd === undefined)
  const agrees = Math.abs(spent - billed) <= TOLERANCE && unpricedCalls === unbilled.length
  return { spent, billed, unbilled, agrees }
}

function verdict({ spent, billed, unbilled, agrees }: Comparison, paint: Paint): string {
  const difference = Math.abs(spent - billed)
  const shown = difference === 0 ? '0' : difference.toExponential(1)
  const models = distinct(unbilled.map(({ model }) => model))
  const totals = `Total $${spent.toFixed(9)}   provider billed $${billed.toFixed(9)}   `
  const result = agrees
    ? paint.green(`difference ${shown} (≤ 1e-9) ✓`)
    : paint.red(`difference ${shown} ✗`)
  const leftOut = `Left out on both sides: ${count(unbilled)} to ${models}, unpriced there as well.`
  return `${paint.bold(totals)}${result}\n${paint.dim(leftOut)}`
}

function count({ length }: unknown[]): string {
  return length === 1 ? '1 call' : `${length} calls`
}

function features(calls: Call[]): string {
  return ` in "${distinct(calls.map(({ feature }) => feature ?? ''))}"`
}

function distinct(values: string[]): string {
  return [...new Set(values)].join(', ')
}
