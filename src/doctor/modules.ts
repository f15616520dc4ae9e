import { join, posix } from 'node:path'
import { asObject } from '../span/json.ts'
import { readText } from './files.ts'
import { readJsonWithComments } from './json.ts'

/** What a module of the project begins with, and the folder or the file that it leads to. */
export type Alias = readonly [prefix: string, path: string]

/** Where `@/…` and `#…` lead to, by tsconfig.json and package.json, as far as that is into the project. */
export function readAliases(directory: string): readonly Alias[] {
  const options = asObject(
    readJsonWithComments(readText(join(directory, 'tsconfig.json')))?.['compilerOptions'],
  )
  const manifest = readJsonWithComments(readText(join(directory, 'package.json')))
  const { baseUrl } = options ?? {}
  const base = typeof baseUrl === 'string' ? posix.normalize(baseUrl) : '.'
  return [
    ...aliasesIn(options?.['paths'], base),
    ...aliasesIn(manifest?.['imports'], '.'),
    ['@/', '.'],
    ['@/', 'src'],
    ['~/', '.'],
    ['~/', 'src'],
    ['~/', 'app'],
  ]
}

function aliasesIn(stated: unknown, base: string): Alias[] {
  return Object.entries(asObject(stated) ?? {}).flatMap(([prefix, targets]) =>
    pathsIn(targets).map(
      (target) =>
        [prefix.replace(/\*.*$/, ''), posix.join(base, target.replace(/\*.*$/, ''))] as const,
    ),
  )
}

/** A path, the first of a list, or one for each condition. */
function pathsIn(target: unknown): string[] {
  if (typeof target === 'string') return [target]
  if (Array.isArray(target)) return pathsIn(target[0])
  return Object.values(asObject(target) ?? {}).flatMap(pathsIn)
}

/** The paths that a module of the project may have, without their endings; none for a package. */
export function pathsOf(module: string, from: string, aliases: readonly Alias[]): string[] {
  if (/^\.\.?(\/|$)/.test(module)) return [posix.join(posix.dirname(from), module)]
  return aliases
    .filter(([prefix]) => module.startsWith(prefix) && prefix !== '')
    .map(([prefix, folder]) => posix.join(folder, module.slice(prefix.length)))
}

const endings = ['', '.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs']

/** The files that a module may be, those first that are meant more often. */
export function filesOf(module: string, from: string, aliases: readonly Alias[]): string[] {
  return pathsOf(module, from, aliases).flatMap((path) => {
    const bare = path.replace(/\.([cm]?)jsx?$/, '')
    return [path, bare, posix.join(path, 'index')].flatMap((stem) =>
      endings.map((ending) => stem + ending),
    )
  })
}
