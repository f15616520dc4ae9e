import { characterWidth, charactersOf, displayWidth } from './display-width.ts'
import { printable } from './printable.ts'
import { isUnknown, sumTotals, type Dimension, type Group, type Totals } from './aggregate.ts'
import { formatTable, type TableColumn } from './table.ts'

/** The terminal columns of a name, if so many distinguish it from the others. */
const NAME_WIDTH = 48
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
const BAR_WIDTH = 7

/** A column of numbers. */
type Column = readonly [title: string, minimumWidth: number, cell: (totals: Totals) => string]

const FAILED: Column = ['failed', 9, ({ failedCalls }) => wholeUnlessZero(failedCalls)]

function columnsFor({ failedCalls }: Totals): Column[] {
  return [
    ['calls', 9, ({ calls }) => whole(calls)],
    ['unknown', 9, ({ unknownCalls }) => wholeUnlessZero(unknownCalls)],
    ...(failedCalls > 0 ? [FAILED] : []),
    ['tokens in', 15, ({ inputTokens }) => whole(inputTokens)],
    ['out', 13, ({ outputTokens }) => whole(outputTokens)],
  ]
}

/** The `top` most expensive groups, one line each, and all others in one line. */
export function reportTable(by: Dimension, groups: readonly Group[], top: number): string {
  const total = sumTotals(groups.map(([, totals]) => totals))
  const rest = groups.length - top < 2 ? [] : groups.slice(top)
  const shown = rest.length === 0 ? groups : groups.slice(0, top)
  const sums: readonly Group[] = [
    ...(rest.length === 0
      ? []
      : [[`(${whole(rest.length)} others)`, sumTotals(rest.map(([, totals]) => totals))] as const]),
    ['total', total],
  ]
  const rows = withUniqueLabels(shown, sums)
  const cellsOf = (cell: (totals: Totals) => string): string[] =>
    rows.map(([, totals]) => cell(totals))
  const columns: TableColumn[] = [
    { title: `By ${by}`, cells: rows.map(([label]) => `  ${label}`), isLeft: true, gap: 0 },
    { title: 'spend', cells: cellsOf(amount), minimumWidth: 14, gap: 2 },
    {
      title: 'share',
      cells: cellsOf((totals) => shareText(totals, total.usd)),
      isLeft: true,
      minimumWidth: 6 + BAR_WIDTH,
      gap: 1,
    },
    ...columnsFor(total).map(([title, minimumWidth, cell]) => ({
      title,
      cells: cellsOf(cell),
      minimumWidth,
      gap: 2,
    })),
  ]
  const notes = notesOn(total)
  return `${formatTable(columns)}${notes.map((note, index) => `${index === 0 ? '\n' : ''}${note}\n`).join('')}`
}

function amount(totals: Totals): string {
  return isUnknown(totals) ? 'unknown' : dollars(totals.usd)
}

/** The share of the total, as a number and as a bar. */
function shareText(totals: Totals, total: number): string {
  if (isUnknown(totals) || total === 0) return ''
  const part = totals.usd / total
  return `${percent(part).padStart(4)} ${bar(part)}`
}

function notesOn({ unknownCalls, failedCalls, inexactUsd }: Totals): string[] {
  const notes = []
  if (unknownCalls === 1) {
    notes.push('1 call has an unknown cost: it is in no sum.')
  } else if (unknownCalls > 1) {
    notes.push(`${whole(unknownCalls)} calls have an unknown cost: they are in no sum.`)
  }
  if (failedCalls > 0) {
    const calls = failedCalls === 1 ? '1 call was' : `${whole(failedCalls)} calls were`
    notes.push(`${calls} refused by the provider, and cost nothing.`)
  }
  if (inexactUsd > 0) {
    notes.push(`${dollars(inexactUsd)} of the total are bounds and estimates.`)
  }
  return notes
}

/** Groups with printable labels, of which no two are the same, and none is the label of a sum. */
function withUniqueLabels(groups: readonly Group[], sums: readonly Group[]): readonly Group[] {
  const taken = new Set(sums.map(([name]) => name))
  const labels = groups.map(([name]) => {
    const label = printable(name)
    let unique = label
    for (let count = 2; taken.has(visibleForm(unique)); count++) unique = `${label} (${count})`
    taken.add(visibleForm(unique))
    return unique
  })
  const shortened = shortenAll(labels)
  return [...groups.map(([, totals], index) => [shortened[index] ?? '', totals] as const), ...sums]
}

/** All labels shortened to one width: the smallest that leaves them different, even if they are alike at both ends. */
function shortenAll(labels: readonly string[]): readonly string[] {
  const split = labels.map(charactersOf)
  const longest = labels.reduce((most, label) => Math.max(most, displayWidth(label)), 0)
  for (let width = NAME_WIDTH; width < longest; width += 8) {
    const cut = split.map((all) => shorten(all, width))
    if (new Set(cut.map(visibleForm)).size === cut.length) return cut
  }
  return labels
}

/** Shortens a label in the middle, because ids differ at their ends, to exactly this width. */
function shorten(all: readonly string[], width: number): string {
  if (widthOf(all) <= width) return all.join('')
  const start = fitting(all, Math.floor((width - 1) / 2))
  const end = fitting(all.toReversed(), width - 1 - widthOf(start)).toReversed()
  const dots = '…'.repeat(width - widthOf(start) - widthOf(end))
  return `${start.join('')}${dots}${end.join('')}`
}

/** As many of the first characters as fit into this width. */
function fitting(characters: readonly string[], width: number): readonly string[] {
  let taken = 0
  let count = 0
  for (const character of characters) {
    taken += characterWidth(character)
    if (taken > width) break
    count++
  }
  return characters.slice(0, count)
}

function widthOf(characters: readonly string[]): number {
  return characters.reduce((sum, character) => sum + characterWidth(character), 0)
}

/** Equal for texts that look the same, such as one with a space at its end. */
function visibleForm(text: string): string {
  return text.normalize('NFKC').trimEnd()
}

function wholeUnlessZero(count: number): string {
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
