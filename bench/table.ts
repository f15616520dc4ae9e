import { formatTable } from '../src/cli/table.ts'

/** A table with a rule below its titles, the first row: the first column left-aligned, numbers right-aligned. */
export function table(rows: readonly (readonly string[])[]): string {
  const [titles = [], ...body] = rows
  const columns = titles.map((title, index) => {
    const column = { title, cells: body.map((row) => row[index] ?? '') }
    return index === 0 ? { ...column, isLeft: true as const, gap: 0 } : { ...column, gap: 2 }
  })
  return formatTable(columns, { hasRule: true }).trimEnd()
}

/** A whole number with thousands apart; -0 is 0. */
export function whole(value: number): string {
  return (Math.round(value) || 0).toLocaleString('en-US')
}

export function signed(value: number): string {
  const text = whole(value)
  return Math.round(value) > 0 ? `+${text}` : text
}
