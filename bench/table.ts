/** Lines of equal width: the first column to the left, numbers to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  const [head = [], ...body] = rows
  return [line(head), rule, ...body.map(line)].join('\n')
}

/** A whole number with thousands apart; -0 is 0. */
export function whole(value: number): string {
  return (Math.round(value) || 0).toLocaleString('en-US')
}

export function signed(value: number): string {
  const text = whole(value)
  return Math.round(value) > 0 ? `+${text}` : text
}
