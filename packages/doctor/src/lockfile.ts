import { join } from 'node:path'
import { readText } from './files.ts'
import { asObject, readJson } from './json.ts'

type Reader = (text: string, name: string) => string | undefined

/** How each lockfile states the version of a package that the project depends on. */
const readers: readonly (readonly [file: string, read: Reader])[] = [
  [
    'package-lock.json',
    (text, name) => {
      const packages = asObject(readJson(text)?.['packages'])
      const version = asObject(packages?.[`node_modules/${name}`])?.['version']
      return typeof version === 'string' ? version : undefined
    },
  ],
  // `  ai@7.0.173:` or `  '@ai-sdk/otel@1.0.173':` or, in older files, `  /ai@7.0.173(zod@3.25.0):`
  [
    'pnpm-lock.yaml',
    (text, name) => after(text, new RegExp(`^ +'?/?${escaped(name)}@(\\d[\\w.-]*)`, 'm')),
  ],
  // `ai@^7.0.0:` and below it `  version "7.0.173"` or `  version: 7.0.173`
  [
    'yarn.lock',
    (text, name) =>
      after(text, new RegExp(`^"?${escaped(name)}@.*\\r?\\n +version:? "?(\\d[\\w.-]*)`, 'm')),
  ],
  [
    'bun.lock',
    (text, name) =>
      after(text, new RegExp(`"${escaped(name)}": \\["${escaped(name)}@(\\d[\\w.-]*)"`)),
  ],
]

/** The version in the nearest lockfile that lists the package. */
export function lockedVersion(name: string, folders: readonly string[]): string | undefined {
  for (const folder of folders) {
    for (const [file, read] of readers) {
      const text = readText(join(folder, file))
      const version = text === undefined ? undefined : read(text, name)
      if (version !== undefined) return version
    }
  }
  return undefined
}

function after(text: string, pattern: RegExp): string | undefined {
  return pattern.exec(text)?.[1]
}

function escaped(name: string): string {
  return name.replaceAll(/[^\w@/-]/g, '\\$&')
}
