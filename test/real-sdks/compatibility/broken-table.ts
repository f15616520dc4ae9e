import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'

const path = join(import.meta.dirname, '../../../docs/guide/broken-calls.md')
const isUpdate = process.env['UPDATE_COMPATIBILITY'] !== undefined

/** The tables with a column for each AI SDK, in their order in the page. */
export type Table = 'spans alone' | 'costFetch'

/** Compares a column with a table in docs/guide/broken-calls.md; `npm run compatibility` writes it there instead. */
export function expectColumn(table: Table, name: string, cells: ReadonlyMap<string, string>): void {
  const lines = readFileSync(path, 'utf8').split('\n')
  const headers = [...lines.keys()].filter((index) => cellsOf(lines[index] ?? '').includes(name))
  const header = headers[table === 'costFetch' ? 1 : 0] ?? -1
  if (header === -1) throw new Error(`docs/guide/broken-calls.md has no column ${name}`)
  const column = cellsOf(lines[header] ?? '').indexOf(name)
  const found = new Map<string, string>()
  for (let row = header + 2; lines[row]?.startsWith('|') === true; row++) {
    const old = cellsOf(lines[row] ?? '')
    const [way = ''] = old
    found.set(way, old[column] ?? '')
    const cell = cells.get(way)
    if (cell !== undefined) lines[row] = `| ${old.with(column, cell).join(' | ')} |`
  }
  if (isUpdate) writeFileSync(path, lines.join('\n'))
  else expect(Object.fromEntries(found)).toEqual(Object.fromEntries(cells))
}

function cellsOf(line: string): string[] {
  return line.startsWith('|')
    ? line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim())
    : []
}
