import { join, posix, relative, resolve, sep } from 'node:path'
import { readText } from './files.ts'
import { asObject, readJson } from './json.ts'
import { readPathAliases, type PathAliases } from './tsconfig.ts'

/** The beginning of a module name, and the folder or file that it leads to. An exact one is the whole name. */
type Prefix = readonly [prefix: string, path: string, isExact?: boolean]

/** The files behind modules such as `@/…` and `#…`. Paths are relative to the directory of the project. */
export interface Aliases {
  /** From tsconfig.json. */
  readonly ofTypeScript: readonly PathAliases[]
  /** From `imports` of package.json, and the usual aliases of frameworks. */
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

/** `./src/../lib` is `lib`. A slash at the end is kept. */
function inside(directory: string, target: string): string {
  const path = relative(directory, resolve(directory, target)).split(sep).join('/') || '.'
  return target.endsWith('/') ? `${path}/` : path
}

/** The paths of a target: itself, the first of a list, or one for each condition. */
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

/** The files that a module may be, the likeliest first. */
export function filesOf(module: string, from: string, aliases: Aliases): string[] {
  const paths = [...pathsOf(module, from, aliases), ...pathsBelowBase(module, aliases)]
  return paths.flatMap((path) => {
    const bare = path.replace(/\.([cm]?)jsx?$/, '')
    return [path, bare, posix.join(path, 'index')].flatMap((stem) =>
      endings.map((ending) => stem + ending),
    )
  })
}
