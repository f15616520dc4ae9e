import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { readText } from './files.ts'

/** A variable that a `.env` file sets. */
export interface Setting {
  readonly name: string
  readonly value: string
  readonly file: string
  readonly line: number
}

/** The files that are in force in production, later ones over earlier ones, as frameworks read them. */
const names = ['.env', '.env.production', '.env.local', '.env.production.local']

export function readEnvironment(directory: string): readonly Setting[] {
  const present = new Set(entriesOf(directory))
  return names
    .filter((name) => present.has(name))
    .flatMap((file) => {
      const text = readText(join(directory, file)) ?? ''
      const lines = linesByName(text)
      return Object.entries(parseEnv(text)).map(([name, value = '']) => ({
        name,
        value,
        file,
        line: lines.get(name) ?? 1,
      }))
    })
}

/** The setting of a variable that is in force: the last one. */
export function settingOf(settings: readonly Setting[], name: string): Setting | undefined {
  return settings.findLast((setting) => setting.name === name)
}

/** The line on which each variable is set last. The parser of Node reports no lines. */
function linesByName(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const name = /^\s*(?:export\s+)?([\w.-]+)\s*=/.exec(line)?.[1]
    if (name !== undefined) lines.set(name, index + 1)
  }
  return lines
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
