import { formatTable } from '../../src/cli/table.ts'
import type { Paint } from './paint.ts'
import { spendBy, type Call, type Spend } from './spend.ts'

// Together with the columns 80 characters, the default width of a terminal.
const NAME_WIDTH = 24
const BAR_WIDTH = 7

/** The columns to the right of the bar: title, width, and cell. */
const columns: [title: string, width: number, cell: (spend: Spend) => string][] = [
  ['calls', 6, ({ calls }) => String(calls)],
  ['unpriced', 9, ({ unpricedCalls }) => (unpricedCalls === 0 ? '' : String(unpricedCalls))],
  ['tokens in', 10, ({ inputTokens }) => inputTokens.toLocaleString('en')],
  ['out', 8, ({ outputTokens }) => outputTokens.toLocaleString('en')],
]

/** The costs of the calls of each name, the most expensive name first. */
export function table(
  title: string,
  calls: Call[],
  nameOf: (call: Call) => string,
  paint: Paint,
): string {
  const groups = spendBy(calls, nameOf)
  const total = groups.reduce((sum, [, { usd }]) => sum + usd, 0)
  const cellsOf = (cell: (spend: Spend) => string): string[] =>
    groups.map(([, spend]) => cell(spend))
  return formatTable([
    {
      title: paint.bold(title),
      cells: groups.map(([name]) => `  ${name}`),
      isLeft: true,
      minimumWidth: NAME_WIDTH,
      gap: 0,
    },
    {
      title: paint.dim('spend'),
      cells: cellsOf((spend) => amountText(spend, paint)),
      minimumWidth: 10,
      gap: 0,
    },
    {
      title: paint.dim('share'),
      cells: cellsOf((spend) => shareText(spend, total, paint)),
      isLeft: true,
      minimumWidth: 6 + BAR_WIDTH,
      gap: 1,
    },
    ...columns.map(([column, minimumWidth, cell]) => ({
      title: paint.dim(column),
      cells: cellsOf(cell),
      minimumWidth,
      gap: 0,
    })),
  ]).trimEnd()
}

/** Without any price there is no spend to show, and 0 would be wrong. */
function hasNoPrice({ unpricedCalls, calls }: Spend): boolean {
  return unpricedCalls === calls
}

function amountText(spend: Spend, paint: Paint): string {
  return hasNoPrice(spend) ? paint.yellow('no price') : paint.bold(dollars(spend.usd))
}

function shareText(spend: Spend, total: number, paint: Paint): string {
  if (hasNoPrice(spend)) return ''
  const share = spend.usd / total
  return `${percent(share).padStart(4)} ${paint.cyan(bar(share))}`
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
