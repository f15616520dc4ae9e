import { join, posix, relative, resolve, sep } from 'node:path'
import { readText } from './files.ts'
import { asObject, readJsonWithComments } from './json.ts'
import { readPathMappings } from './tsconfig.ts'

/** What a module begins with, and the folder or the file that it leads to. An exact one has nothing behind it. */
export type Alias = readonly [prefix: string, path: string, isExact?: boolean]

/** Where `@/…` and `#…` lead to, by tsconfig.json and package.json, relative to the directory. */
export function readAliases(directory: string): readonly Alias[] {
  const manifest = readJsonWithComments(readText(join(directory, 'package.json')))
  return [
    ...readPathMappings(directory).flatMap(({ base, paths, baseUrl }) => [
      ...aliasesIn(paths, base, directory),
      ...(baseUrl === undefined ? [] : [['', baseUrl] as const]),
    ]),
    ...aliasesIn(manifest?.['imports'], '.', directory),
    ['@/', '.'],
    ['@/', 'src'],
    ['~/', '.'],
    ['~/', 'src'],
    ['~/', 'app'],
  ]
}

function aliasesIn(stated: unknown, base: string, directory: string): Alias[] {
  return Object.entries(asObject(stated) ?? {}).flatMap(([prefix, targets]) =>
    pathsIn(targets).map(
      (target) =>
        [
          beforeStar(prefix),
          inside(directory, base, beforeStar(target)),
          !prefix.includes('*'),
        ] as const,
    ),
  )
}

function beforeStar(pattern: string): string {
  const star = pattern.indexOf('*')
  return star === -1 ? pattern : pattern.slice(0, star)
}

/** `../../apps/web/src` is `src` in apps/web. What ends with a slash keeps it. */
function inside(directory: string, base: string, target: string): string {
  const path =
    relative(directory, resolve(directory, base, target))
      .split(sep)
      .join('/') || '.'
  return target.endsWith('/') ? `${path}/` : path
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
    .filter(([prefix, , isExact]) =>
      isExact === true ? module === prefix : prefix !== '' && module.startsWith(prefix),
    )
    .map(([prefix, folder]) => posix.join(folder, module.slice(prefix.length)))
}

/** By `baseUrl` any module may be a file of the project: only a file that exists says so. */
function pathsByBase(module: string, aliases: readonly Alias[]): string[] {
  if (module.startsWith('.')) return []
  return aliases.flatMap(([prefix, folder]) => (prefix === '' ? [posix.join(folder, module)] : []))
}

const endings = ['', '.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs']

/** The files that a module may be, those first that are meant more often. */
export function filesOf(module: string, from: string, aliases: readonly Alias[]): string[] {
  const paths = [...pathsOf(module, from, aliases), ...pathsByBase(module, aliases)]
  return paths.flatMap((path) => {
    const bare = path.replace(/\.([cm]?)jsx?$/, '')
    return [path, bare, posix.join(path, 'index')].flatMap((stem) =>
      endings.map((ending) => stem + ending),
    )
  })
}
