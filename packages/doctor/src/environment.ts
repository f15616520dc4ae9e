import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readText } from './files.ts'

/** A variable that a `.env` file sets. */
export interface Setting {
  readonly name: string
  readonly value: string
  readonly file: string
  readonly line: number
}

/** Those that hold in production, later ones over earlier ones, as frameworks read them. */
const names = ['.env', '.env.production', '.env.local', '.env.production.local']

export function readEnvironment(directory: string): readonly Setting[] {
  const present = new Set(entriesOf(directory))
  return names
    .filter((name) => present.has(name))
    .flatMap((file) => {
      const lines = (readText(join(directory, file)) ?? '').split(/\r?\n/)
      return lines.flatMap((line, index) => {
        const found = /^(?:export\s+)?([A-Z]\w*)\s*=(.*)$/.exec(line.trim())
        if (found === null) return []
        const [, name = '', value = ''] = found
        return [{ name, value: withoutQuotes(value.trim()), file, line: index + 1 }]
      })
    })
}

/** The last word on a variable. */
export function settingOf(settings: readonly Setting[], name: string): Setting | undefined {
  return settings.findLast((setting) => setting.name === name)
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function withoutQuotes(value: string): string {
  const quoted = /^(["'])(.*?)\1/.exec(value)
  if (quoted !== null) return quoted[2] ?? ''
  const comment = value.search(/\s#/)
  return comment === -1 ? value : value.slice(0, comment).trimEnd()
}
