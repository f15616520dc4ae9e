import { displayWidth, leftAligned, rightAligned } from './display-width.ts'

/** A column of a table: its title, its cells from the top, and its layout. */
export interface TableColumn {
  readonly title: string
  readonly cells: readonly string[]
  /** Cells are right-aligned by default. */
  readonly isLeft?: true
  /** In terminal columns, including `gap`; a wider cell makes the column wider. */
  readonly minimumWidth?: number
  /** Spaces between the previous column and this one. */
  readonly gap: number
}

/** A table as lines of text, the titles first. Each column is as wide as its widest cell. */
export function formatTable(
  columns: readonly TableColumn[],
  options: { readonly hasRule?: boolean } = {},
): string {
  const laidOut = columns.map(({ title, cells, isLeft, minimumWidth = 0, gap }) => {
    const width = [title, ...cells].reduce(
      (widest, text) => Math.max(widest, displayWidth(text)),
      minimumWidth - gap,
    )
    const rule = options.hasRule === true ? ['-'.repeat(width)] : []
    const texts = [title, ...rule, ...cells]
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
