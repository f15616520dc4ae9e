import { displayWidth, leftAligned, rightAligned } from './display-width.ts'

/** A column: its title, its cells from the top, and how it is laid out. */
export interface TableColumn {
  readonly title: string
  readonly cells: readonly string[]
  /** Cells are to the right unless they are told to be to the left. */
  readonly isLeft?: true
  /** Columns of the terminal, space before it included; more where a cell needs them. */
  readonly leastWidth?: number
  /** Spaces between it and the column before it. */
  readonly gap: number
}

/** Lines of text, the titles first, with the columns as wide as what is in them. */
export function tableText(columns: readonly TableColumn[]): string {
  const laidOut = columns.map(({ title, cells, isLeft, leastWidth = 0, gap }) => {
    const texts = [title, ...cells]
    const width = texts.reduce((most, text) => Math.max(most, displayWidth(text)), leastWidth - gap)
    const aligned = isLeft === true ? leftAligned : rightAligned
    return texts.map((text) => `${' '.repeat(gap)}${aligned(text, width)}`)
  })
  const [first = []] = laidOut
  return first
    .map((_, row) =>
      laidOut
        .map((cells) => cells[row] ?? '')
        .join('')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}
