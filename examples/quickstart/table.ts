import type { Paint } from './paint.ts'
import { spendBy, type Call, type Spend } from './spend.ts'

const NAME_WIDTH = 26
const BAR_WIDTH = 10

/** The columns to the right of the bar: title, width, and what stands there. */
const columns: [title: string, width: number, cell: (spend: Spend) => string][] = [
  ['calls', 6, ({ calls }) => String(calls)],
  ['unpriced', 10, ({ unpricedCalls }) => (unpricedCalls === 0 ? '' : String(unpricedCalls))],
  ['tokens in', 11, ({ inputTokens }) => inputTokens.toLocaleString('en')],
  ['cached', 8, ({ cachedTokens }) => cachedTokens.toLocaleString('en')],
  ['tokens out', 11, ({ outputTokens }) => outputTokens.toLocaleString('en')],
]

/** What the calls of each name cost together, the most expensive name first. */
export function table(title: string, calls: Call[], nameOf: (call: Call) => string, paint: Paint): string {
  const groups = spendBy(calls, nameOf)
  const total = groups.reduce((sum, [, { usd }]) => sum + usd, 0)
  return [heading(title, paint), ...groups.map(([name, spend]) => row(name, spend, total, paint))].join('\n')
}

function heading(title: string, paint: Paint): string {
  const titles = columns.map(([column, width]) => column.padStart(width)).join('')
  return paint.bold(title.padEnd(NAME_WIDTH)) + paint.dim('    spend' + '  share'.padEnd(8 + BAR_WIDTH) + titles)
}

function row(name: string, spend: Spend, total: number, paint: Paint): string {
  // Without any price there is no spend to show, and 0 would be wrong.
  const isKnown = spend.unpricedCalls < spend.calls
  const dollars = isKnown ? usd(spend.usd) : 'no price'
  const share = isKnown ? spend.usd / total : 0
  const cells = columns.map(([, width, cell]) => cell(spend).padStart(width)).join('')
  return [
    `  ${name}`.padEnd(NAME_WIDTH),
    isKnown ? paint.bold(dollars.padStart(9)) : paint.yellow(dollars.padStart(9)),
    (isKnown ? percent(share) : '').padStart(6),
    '  ',
    paint.cyan(bar(share).padEnd(BAR_WIDTH)),
    cells,
  ].join('')
}

/** Six digits: a short call costs some hundred thousandths of a dollar. */
export function usd(amount: number): string {
  return `$${amount.toFixed(6)}`
}

function percent(share: number): string {
  return share < 0.01 ? '<1%' : `${Math.round(share * 100)}%`
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

function bar(share: number): string {
  const eighths = Math.ceil(share * BAR_WIDTH * 8)
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]
}
