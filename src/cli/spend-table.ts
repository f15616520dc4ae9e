import { sumOfSpends, type Dimension, type Spend } from './spend.ts'

type Named = readonly (readonly [name: string, spend: Spend])[]

/** Characters of a name, if they tell it from the others. */
const NAME_WIDTH = 48
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
const BAR_WIDTH = 7
const characters = new Intl.Segmenter()

/** A column after the name: what it is called, how wide, and what stands there. */
type Column = readonly [title: string, width: number, cell: (spend: Spend) => string]

const FAILED: Column = ['failed', 9, ({ failedCalls }) => wholeUnlessNone(failedCalls)]

function columnsFor({ failedCalls }: Spend): Column[] {
  return [
    ['calls', 9, ({ calls }) => whole(calls)],
    ['unknown', 9, ({ unknownCalls }) => wholeUnlessNone(unknownCalls)],
    ...(failedCalls > 0 ? [FAILED] : []),
    ['tokens in', 15, ({ inputTokens }) => whole(inputTokens)],
    ['out', 13, ({ outputTokens }) => whole(outputTokens)],
  ]
}

/** The dearest names below each other, and all others in one line. */
export function spendTable(by: Dimension, spends: Named, top: number): string {
  const total = sumOfSpends(spends.map(([, spend]) => spend))
  const rest = spends.length - top < 2 ? [] : spends.slice(top)
  const shown = rest.length === 0 ? spends : spends.slice(0, top)
  const sums: Named = [
    ...(rest.length === 0
      ? []
      : [[`(${whole(rest.length)} others)`, sumOfSpends(rest.map(([, spend]) => spend))] as const]),
    ['total', total],
  ]
  const rows = labelled(shown, sums)
  const heading = `By ${by}`
  const width = longestOf([heading, ...rows.map(([label]) => `  ${label}`)]) + 1
  const columns = columnsFor(total)
  const titles = columns.map(([title, columnWidth]) => title.padStart(columnWidth)).join('')
  const lines = [
    `${heading.padEnd(width)}${'spend'.padStart(13)}${' share'.padEnd(6 + BAR_WIDTH)}${titles}`,
    ...rows.map(
      ([label, spend]) => `${padded(`  ${label}`, width)}${cellsOf(spend, total.usd, columns)}`,
    ),
  ]
  const notes = notesOn(total)
  return `${[...lines, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')}\n`
}

function cellsOf(spend: Spend, total: number, columns: readonly Column[]): string {
  const cells = columns.map(([, width, cell]) => cell(spend).padStart(width)).join('')
  const isUnknown = isAllUnknown(spend)
  const amount = (isUnknown ? 'unknown' : dollars(spend.usd)).padStart(13)
  const share = isUnknown || total === 0 ? undefined : spend.usd / total
  const part = share === undefined ? '' : `${percent(share).padStart(5)} ${bar(share)}`
  return `${amount}${part.padEnd(6 + BAR_WIDTH)}${cells}`
}

function notesOn({ unknownCalls, failedCalls, inexactUsd }: Spend): string[] {
  const notes = []
  if (unknownCalls === 1) {
    notes.push('1 call cost something that nobody knows: it is in no sum.')
  } else if (unknownCalls > 1) {
    notes.push(`${whole(unknownCalls)} calls cost something that nobody knows: they are in no sum.`)
  }
  if (failedCalls > 0) {
    const calls = failedCalls === 1 ? '1 call was' : `${whole(failedCalls)} calls were`
    notes.push(`${calls} refused by the provider, and cost nothing.`)
  }
  if (inexactUsd > 0) {
    notes.push(`${dollars(inexactUsd)} of the total is made of bounds and estimates.`)
  }
  return notes
}

/** What stands for each name: no two of them are the same, and none is that of a sum. */
function labelled(spends: Named, sums: Named): Named {
  const taken = new Set(sums.map(([name]) => name))
  const labels = spends.map(([name]) => {
    const label = printable(name)
    let unlike = label
    for (let count = 2; taken.has(seen(unlike)); count++) unlike = `${label} (${count})`
    taken.add(seen(unlike))
    return unlike
  })
  const cut = cutAlike(labels)
  return [...spends.map(([, spend], index) => [cut[index] ?? '', spend] as const), ...sums]
}

/** All of them cut to the same length: to the least that leaves them different, ids alike at both ends too. */
function cutAlike(labels: readonly string[]): readonly string[] {
  const split = labels.map(charactersOf)
  const longest = split.reduce((most, { length }) => Math.max(most, length), 0)
  for (let width = NAME_WIDTH; width < longest; width += 8) {
    const cut = split.map((all) => shortened(all, width))
    if (new Set(cut.map(seen)).size === cut.length) return cut
  }
  return labels
}

/** In the middle, because ids differ at their ends. */
function shortened(all: readonly string[], width: number): string {
  if (all.length <= width) return all.join('')
  const start = Math.floor((width - 1) / 2)
  const end = all.slice(all.length - (width - 1 - start))
  return `${all.slice(0, start).join('')}…${end.join('')}`
}

/** The same for texts that look the same on paper, such as with a space at the end. */
function seen(text: string): string {
  return text.normalize('NFKC').trimEnd()
}

function longestOf(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, lengthOf(text)), 0)
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - lengthOf(text)))
}

function lengthOf(text: string): number {
  return charactersOf(text).length
}

/** As people count them: to JavaScript some are two or more. */
function charactersOf(text: string): string[] {
  if (/^[ -~]*$/.test(text)) return text.split('')
  return Array.from(characters.segment(text), ({ segment }) => segment)
}

/** As RFC 4180 has it. */
export function spendCsv(by: Dimension, spends: Named): string {
  const heading = [
    by,
    'usd',
    'inexact_usd',
    'calls',
    'calls_without_cost',
    'failed_calls',
    'input_tokens',
    'output_tokens',
  ]
  const rows = spends.map(([name, spend]) => [
    quoted(name),
    isAllUnknown(spend) ? '' : String(spend.usd),
    String(spend.inexactUsd),
    String(spend.calls),
    String(spend.unknownCalls),
    String(spend.failedCalls),
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
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
}

function wholeUnlessNone(count: number): string {
  return count === 0 ? '' : whole(count)
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
