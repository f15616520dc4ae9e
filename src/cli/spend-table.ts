import { sumOfSpends, type Dimension, type Spend } from './spend.ts'

type Named = readonly (readonly [name: string, spend: Spend])[]

const NAME_WIDTH = 24
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
const BAR_WIDTH = 7

/** The columns after the name: what they are called, how wide, and what stands there. */
const columns: readonly [title: string, width: number, cell: (spend: Spend) => string][] = [
  ['calls', 9, ({ calls }) => whole(calls)],
  ['unknown', 9, ({ unknownCalls }) => (unknownCalls === 0 ? '' : whole(unknownCalls))],
  ['tokens in', 15, ({ inputTokens }) => whole(inputTokens)],
  ['out', 13, ({ outputTokens }) => whole(outputTokens)],
]

/** The dearest names below each other, and all others in one line. */
export function spendTable(by: Dimension, spends: Named, top: number): string {
  const total = sumOfSpends(spends.map(([, spend]) => spend))
  const rest = spends.slice(top)
  const shown: Named =
    rest.length < 2
      ? spends
      : [
          ...spends.slice(0, top),
          [`(${whole(rest.length)} others)`, sumOfSpends(rest.map(([, spend]) => spend))],
        ]
  const titles = columns.map(([title, width]) => title.padStart(width)).join('')
  const lines = [
    `${`By ${by}`.padEnd(NAME_WIDTH)}${'spend'.padStart(13)}${' share'.padEnd(6 + BAR_WIDTH)}${titles}`,
    ...shown.map(([name, spend]) => row(name, spend, total.usd)),
    row('total', total, total.usd),
  ]
  const notes = [
    ...(total.unknownCalls === 0
      ? []
      : [
          `${whole(total.unknownCalls)} calls cost something that nobody knows: they are in no sum.`,
        ]),
    ...(total.inexactUsd === 0
      ? []
      : [`${dollars(total.inexactUsd)} of the total are bounds and estimates.`]),
  ]
  return `${[...lines, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')}\n`
}

function row(name: string, spend: Spend, total: number): string {
  const label = `  ${printable(name)}`.slice(0, NAME_WIDTH - 1).padEnd(NAME_WIDTH)
  const cells = columns.map(([, width, cell]) => cell(spend).padStart(width)).join('')
  const isUnknown = isAllUnknown(spend)
  const amount = (isUnknown ? 'unknown' : dollars(spend.usd)).padStart(13)
  const share = isUnknown || total === 0 ? undefined : spend.usd / total
  const part = share === undefined ? '' : `${percent(share).padStart(5)} ${bar(share)}`
  return `${label}${amount}${part.padEnd(6 + BAR_WIDTH)}${cells}`
}

/** As RFC 4180 has it. */
export function spendCsv(by: Dimension, spends: Named): string {
  const heading = [
    by,
    'usd',
    'inexact_usd',
    'calls',
    'calls_without_cost',
    'input_tokens',
    'output_tokens',
  ]
  const rows = spends.map(([name, spend]) => [
    quoted(name),
    isAllUnknown(spend) ? '' : String(spend.usd),
    String(spend.inexactUsd),
    String(spend.calls),
    String(spend.unknownCalls),
    String(spend.inputTokens),
    String(spend.outputTokens),
  ])
  return [heading, ...rows].map((cells) => `${cells.join(',')}\r\n`).join('')
}

/** Nothing but unknown costs are not 0. */
function isAllUnknown({ unknownCalls, usd }: Spend): boolean {
  return unknownCalls > 0 && usd === 0
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Names come from outside, and a terminal obeys some characters. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, '?')
}

function whole(count: number): string {
  return count.toLocaleString('en-US')
}

function dollars(usd: number): string {
  return `$${usd.toFixed(6)}`
}

function percent(share: number): string {
  return share < 0.01 && share > 0 ? '<1%' : `${Math.round(share * 100)}%`
}

function bar(share: number): string {
  const eighths = Math.ceil(share * BAR_WIDTH * 8)
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')
}
