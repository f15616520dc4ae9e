import { join, posix, relative, resolve, sep } from 'node:path'
import { readText } from './files.ts'
import { asObject, readJson } from './json.ts'
import { readPathAliases, type PathAliases } from './tsconfig.ts'

/** What a module begins with, and the folder or the file that it leads to. An exact one has nothing behind it. */
type Prefix = readonly [prefix: string, path: string, isExact?: boolean]

/** Where modules such as `@/…` and `#…` lead to. Paths are relative to the directory of the project. */
export interface Aliases {
  /** By tsconfig.json, and what it refers to. */
  readonly ofTypeScript: readonly PathAliases[]
  /** By `imports` of package.json, and by the habits of frameworks. */
  readonly prefixes: readonly Prefix[]
}

export function readAliases(directory: string): Aliases {
  const manifest = readJson(readText(join(directory, 'package.json')))
  return {
    ofTypeScript: readPathAliases(directory),
    prefixes: [
      ...prefixesIn(manifest?.['imports'], directory),
      ['@/', '.'],
      ['@/', 'src'],
      ['~/', '.'],
      ['~/', 'src'],
      ['~/', 'app'],
    ],
  }
}

function prefixesIn(stated: unknown, directory: string): Prefix[] {
  return Object.entries(asObject(stated) ?? {}).flatMap(([prefix, targets]) =>
    pathsIn(targets).map(
      (target) =>
        [beforeStar(prefix), inside(directory, beforeStar(target)), !prefix.includes('*')] as const,
    ),
  )
}

function beforeStar(pattern: string): string {
  const star = pattern.indexOf('*')
  return star === -1 ? pattern : pattern.slice(0, star)
}

/** `./src/../lib` is `lib`. What ends with a slash keeps it. */
function inside(directory: string, target: string): string {
  const path = relative(directory, resolve(directory, target)).split(sep).join('/') || '.'
  return target.endsWith('/') ? `${path}/` : path
}

/** A path, the first of a list, or one for each condition. */
function pathsIn(target: unknown): string[] {
  if (typeof target === 'string') return [target]
  if (Array.isArray(target)) return pathsIn(target[0])
  return Object.values(asObject(target) ?? {}).flatMap(pathsIn)
}

/** The paths that a module of the project may have, without their endings; none for a package. */
export function pathsOf(module: string, from: string, aliases: Aliases): string[] {
  if (/^\.\.?(\/|$)/.test(module)) return [posix.join(posix.dirname(from), module)]
  return [
    ...aliases.ofTypeScript.flatMap(({ mapped }) => mapped(module)),
    ...aliases.prefixes
      .filter(([prefix, , isExact]) =>
        isExact === true ? module === prefix : module.startsWith(prefix),
      )
      .map(([prefix, folder]) => posix.join(folder, module.slice(prefix.length))),
  ]
}

function pathsBelowBase(module: string, { ofTypeScript }: Aliases): string[] {
  return module.startsWith('.') ? [] : ofTypeScript.flatMap(({ belowBase }) => belowBase(module))
}

const endings = ['', '.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs']

/** The files that a module may be, those first that are meant more often. */
export function filesOf(module: string, from: string, aliases: Aliases): string[] {
  const paths = [...pathsOf(module, from, aliases), ...pathsBelowBase(module, aliases)]
  return paths.flatMap((path) => {
    const bare = path.replace(/\.([cm]?)jsx?$/, '')
    return [path, bare, posix.join(path, 'index')].flatMap((stem) =>
      endings.map((ending) => stem + ending),
    )
  })
}
