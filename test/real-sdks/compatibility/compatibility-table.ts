import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'

const path = join(import.meta.dirname, '../../../docs/reference/compatibility.md')
const isUpdate = process.env['UPDATE_COMPATIBILITY'] !== undefined

/** Compares a row with docs/reference/compatibility.md; `npm run compatibility` writes it there instead. */
export function expectRow(name: string, cells: readonly (string | undefined)[]): void {
  const line = `| ${name} | ${cells.join(' | ')} |`
  const text = readFileSync(path, 'utf8')
  const old = rowsOf(text).get(name)
  if (old === undefined) throw new Error(`docs/reference/compatibility.md has no row ${name}`)
  if (isUpdate)
    writeFileSync(
      path,
      text.replace(old, () => line),
    )
  else expect(old).toBe(line)
}

function rowsOf(text: string): Map<string, string> {
  const lines = text.split('\n').filter((line) => line.startsWith('| '))
  return new Map(lines.map((line) => [line.split(' | ')[0]?.slice(2) ?? '', line]))
}
