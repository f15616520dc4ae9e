import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { ArmName } from './arms.ts'
import type { Killed } from './killed.ts'
import type { Count, Row } from './row.ts'

const BEGIN = '<!-- faults: begin -->'
const END = '<!-- faults: end -->'
const page = join(import.meta.dirname, '../../docs/reference/reliability.md')

export interface Findings {
  /** In the order of the page. */
  readonly rows: readonly Row[]
  readonly killed: Killed
  /** Batches a second, without and with waiting for the disk. */
  readonly batchesPerSecond: { readonly kernel: number; readonly disk: number }
}

/** Writes what was found between its marks in docs/reference/reliability.md. */
export function writeFindings(findings: Findings): void {
  const text = readFileSync(page, 'utf8')
  const begin = text.indexOf(BEGIN)
  const end = text.indexOf(END)
  if (begin === -1 || end < begin)
    throw new Error(`docs/reference/reliability.md has no ${BEGIN} … ${END}`)
  const parts = [ledgerAndMetrics(findings.rows), traces(findings.rows), measured(findings)]
  const written = `${BEGIN}\n\n${parts.join('\n\n')}\n\n`
  writeFileSync(page, text.slice(0, begin) + written + text.slice(end))
}

function ledgerAndMetrics(rows: readonly Row[]): string {
  const head = ['what goes wrong', 'calls', ...columnsOf('ledger'), ...columnsOf('metrics'), '']
  const body = rows.map(({ fault, calls, ledger, metrics, remark }) => [
    fault,
    number(calls),
    ...cellsOf(ledger),
    ...cellsOf(metrics),
    remark,
  ])
  return `### Ledger and metrics\n\n${table(head, body)}`
}

/** Of the ways that are not the default one: as the page calls them. */
const others: readonly (readonly [ArmName, string])[] = [
  ['smallBatches', 'batches of 64'],
  ['largeBatches', 'batches of 2,048'],
]

function traces(rows: readonly Row[]): string {
  const head = [
    'what goes wrong',
    'calls',
    ...columnsOf('defaults'),
    ...others.flatMap(([, title]) => [`${title}: lost`, 'doubled']),
  ]
  const body = rows
    .filter(areSpansWrong)
    .map(({ fault, calls, traces: ways }) => [
      fault,
      number(calls),
      ...cellsOf(ways.defaults),
      ...others.flatMap(([arm]) => cellsOf(ways[arm]).slice(1)),
    ])
  return (
    `### Traces, in the same runs\n\n${table(head, body)}\n\n` +
    'In the other rows above each span of a call arrived, once, by all three ways.'
  )
}

function areSpansWrong({ traces: ways }: Row): boolean {
  return Object.values(ways).some(({ lost, doubled }) => lost + doubled > 0)
}

function columnsOf(title: string): string[] {
  return [`${title}: charges`, 'lost', 'doubled']
}

function cellsOf({ charges, lost, doubled }: Count): string[] {
  return [number(charges), alarming(lost), alarming(doubled)]
}

function alarming(count: number): string {
  return count === 0 ? '0' : `**${number(count)}**`
}

const number = (count: number): string => count.toLocaleString('en')

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const rule = head.map((title) => (title === '' || title === 'what goes wrong' ? '---' : '---:'))
  return [head, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function measured({ rows, killed, batchesPerSecond }: Findings): string {
  const { windows, rounds } = killed
  const longest = Math.max(0, ...windows)
  const mean = windows.reduce((sum, window) => sum + window, 0) / Math.max(1, windows.length)
  const pause = Math.max(...rows.map(({ pauseMilliseconds }) => pauseMilliseconds))
  const { kernel, disk } = batchesPerSecond
  return [
    `- \`kill -9\`: of ${rounds} processes ${windows.length} lost charges of their last moments. The oldest that a ` +
      `process lost was ${mean.toFixed(0)} ms old on average, and ${number(longest)} ms at most. A machine that lets ` +
      `the process wait makes it longer.`,
    `- Where nothing was lost, the sums in ledger and metrics are what the provider bills, to nine digits.`,
    `- One process appends ${number(kernel)} batches a second one after the other, and ${number(disk)} with \`sync: true\`, ` +
      `on the disk of this machine. A batch is what was charged in 50 ms, so both are more than enough for what is ` +
      `charged; what is slow is the wait, which the application does not share.`,
    `- In no row was a call of the application unanswered or a rejection unhandled; the event loop never worked at one ` +
      `thing for more than ${pause.toFixed(0)} ms, all three ways of exporting traces included.`,
    `- Measured with Node ${process.versions.node} on ${availableParallelism()} cores.`,
  ].join('\n')
}
