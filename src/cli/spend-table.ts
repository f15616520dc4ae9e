import { characterWidth, charactersOf, displayWidth } from './display-width.ts'
import { printable } from './printable.ts'
import { isAllUnknown, sumOfSpends, type Dimension, type Spend } from './aggregate.ts'
import { tableText, type TableColumn } from './table.ts'

type Named = readonly (readonly [name: string, spend: Spend])[]

/** Columns of the terminal that a name takes, if so much tells it from the others. */
const NAME_WIDTH = 48
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
const BAR_WIDTH = 7

/** A number after the name: what it is called, how wide at least, and what stands there. */
type Column = readonly [title: string, leastWidth: number, cell: (spend: Spend) => string]

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
  const ofRows = (cell: (spend: Spend) => string): string[] => rows.map(([, spend]) => cell(spend))
  const columns: TableColumn[] = [
    { title: `By ${by}`, cells: rows.map(([label]) => `  ${label}`), isLeft: true, gap: 0 },
    // One of the 13 columns is the space after the name.
    { title: 'spend', cells: ofRows(amount), leastWidth: 14, gap: 2 },
    {
      title: 'share',
      cells: ofRows((spend) => shareText(spend, total.usd)),
      isLeft: true,
      leastWidth: 6 + BAR_WIDTH,
      gap: 1,
    },
    ...columnsFor(total).map(([title, leastWidth, cell]) => ({
      title,
      cells: ofRows(cell),
      leastWidth,
      gap: 2,
    })),
  ]
  const notes = notesOn(total)
  return `${tableText(columns)}${notes.map((note, index) => `${index === 0 ? '\n' : ''}${note}\n`).join('')}`
}

function amount(spend: Spend): string {
  return isAllUnknown(spend) ? 'unknown' : dollars(spend.usd)
}

/** Of the total, as a number and as a bar. */
function shareText(spend: Spend, total: number): string {
  if (isAllUnknown(spend) || total === 0) return ''
  const part = spend.usd / total
  return `${percent(part).padStart(4)} ${bar(part)}`
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
  const longest = labels.reduce((most, label) => Math.max(most, displayWidth(label)), 0)
  for (let width = NAME_WIDTH; width < longest; width += 8) {
    const cut = split.map((all) => shortened(all, width))
    if (new Set(cut.map(seen)).size === cut.length) return cut
  }
  return labels
}

/** In the middle, because ids differ at their ends; to exactly that width. */
function shortened(all: readonly string[], width: number): string {
  if (widthOf(all) <= width) return all.join('')
  const start = fitting(all, Math.floor((width - 1) / 2))
  const end = fitting(all.toReversed(), width - 1 - widthOf(start)).toReversed()
  const dots = '…'.repeat(width - widthOf(start) - widthOf(end))
  return `${start.join('')}${dots}${end.join('')}`
}

/** The first characters, as many as are no wider together. */
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

/** The same for texts that look the same on paper, such as with a space at the end. */
function seen(text: string): string {
  return text.normalize('NFKC').trimEnd()
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
