import type { Paint } from './paint.ts'
import { spendBy, type Call, type Spend } from './spend.ts'

// Together with the columns 80 characters, the default width of a terminal.
const NAME_WIDTH = 24
const SPEND_WIDTH = 10
const SHARE_WIDTH = 5
const BAR_WIDTH = 7

/** The columns to the right of the bar: title, width, content. */
const columns: [title: string, width: number, cell: (spend: Spend) => string][] = [
  ['calls', 6, ({ calls }) => String(calls)],
  ['unpriced', 9, ({ unpricedCalls }) => (unpricedCalls === 0 ? '' : String(unpricedCalls))],
  ['tokens in', 10, ({ inputTokens }) => inputTokens.toLocaleString('en')],
  ['out', 8, ({ outputTokens }) => outputTokens.toLocaleString('en')],
]

/** What the calls of each name cost together, the most expensive name first. */
export function table(
  title: string,
  calls: Call[],
  nameOf: (call: Call) => string,
  paint: Paint,
): string {
  const groups = spendBy(calls, nameOf)
  const total = groups.reduce((sum, [, { usd }]) => sum + usd, 0)
  return [
    heading(title, paint),
    ...groups.map(([name, spend]) => row(name, spend, total, paint)),
  ].join('\n')
}

function heading(title: string, paint: Paint): string {
  const spend = 'spend'.padStart(SPEND_WIDTH) + ' share'.padEnd(SHARE_WIDTH + 1 + BAR_WIDTH)
  const titles = columns.map(([column, width]) => column.padStart(width)).join('')
  return paint.bold(title.padEnd(NAME_WIDTH)) + paint.dim(spend + titles)
}

function row(name: string, spend: Spend, total: number, paint: Paint): string {
  const label = `  ${name}`.padEnd(NAME_WIDTH)
  const cells = columns.map(([, width, cell]) => cell(spend).padStart(width)).join('')
  // Without any price there is no spend to show, and 0 would be wrong.
  if (spend.unpricedCalls === spend.calls) {
    const noShare = ' '.repeat(SHARE_WIDTH + 1 + BAR_WIDTH)
    return label + paint.yellow('no price'.padStart(SPEND_WIDTH)) + noShare + cells
  }
  const share = spend.usd / total
  const shareCells = `${percent(share).padStart(SHARE_WIDTH)} ${paint.cyan(bar(share).padEnd(BAR_WIDTH))}`
  return label + paint.bold(dollars(spend.usd).padStart(SPEND_WIDTH)) + shareCells + cells
}

/** Six digits: a short call costs some hundred thousandths of a dollar. */
export function dollars(amount: number): string {
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
