import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { readText } from './files.ts'
import { asObject, type JsonObject, readJsonWithComments } from './json.ts'
import { isPackageName, packageOf } from './packages.ts'

/** Of the configurations that extend each other, in all. */
const MOST_CONFIGURATIONS = 50
const LONGEST_CONFIGURATION = 1_000_000

/** The path mappings of TypeScript, with folders relative to the directory of the project. */
export interface PathMappings {
  readonly paths: unknown
  readonly base: string
  readonly baseUrl: string | undefined
}

/** What is in force after `extends`: an own value replaces an inherited one as a whole. */
interface Options {
  paths?: unknown
  /** The folder of the file that states the paths, and the folder of `baseUrl`: absolute. */
  pathsFolder?: string
  baseUrl?: string
}

/**
 * The `paths` and the `baseUrl` of tsconfig.json or jsconfig.json, with all that it extends, and of the projects that
 * it refers to where it has none.
 */
export function readPathMappings(directory: string): readonly PathMappings[] {
  const root = ['tsconfig.json', 'jsconfig.json']
    .map((name) => join(directory, name))
    .find((path) => readText(path) !== undefined)
  if (root === undefined) return []
  const reader = { left: MOST_CONFIGURATIONS, root: directory }
  const own = optionsOf(root, reader, [])
  const all = own.paths === undefined ? [own, ...referredTo(root, reader)] : [own]
  return all.flatMap(({ paths, pathsFolder, baseUrl }) => {
    const base = baseUrl ?? pathsFolder
    if (base === undefined) return []
    return [
      {
        paths,
        base: posixRelative(directory, base),
        baseUrl: baseUrl === undefined ? undefined : posixRelative(directory, baseUrl),
      },
    ]
  })
}

interface Reader {
  left: number
  readonly root: string
}

function readConfiguration(path: string, reader: Reader): JsonObject | undefined {
  if (reader.left-- <= 0) return undefined
  return readJsonWithComments(readText(path, LONGEST_CONFIGURATION))
}

function optionsOf(path: string, reader: Reader, chain: readonly string[]): Options {
  const configuration = chain.includes(path) ? undefined : readConfiguration(path, reader)
  if (configuration === undefined) return {}
  const folder = dirname(path)
  const options: Options = {}
  for (const extended of [configuration['extends']].flat(1)) {
    const parent = typeof extended === 'string' ? fileOf(extended, folder) : undefined
    // The last one of a list wins.
    if (parent !== undefined) Object.assign(options, optionsOf(parent, reader, [...chain, path]))
  }
  const { paths, baseUrl } = asObject(configuration['compilerOptions']) ?? {}
  if (asObject(paths) !== undefined) {
    options.paths = inConfigDir(paths, reader.root, folder)
    options.pathsFolder = folder
  }
  if (typeof baseUrl === 'string') {
    options.baseUrl = resolve(folder, replaceConfigDir(baseUrl, reader.root))
  }
  return options
}

/** `references` of a configuration for several projects, as Vite's templates have them. */
function referredTo(path: string, reader: Reader): Options[] {
  const references: unknown = readConfiguration(path, reader)?.['references']
  if (!Array.isArray(references)) return []
  return references.flatMap((reference: unknown) => {
    const to = asObject(reference)?.['path']
    if (typeof to !== 'string') return []
    const file = to.endsWith('.json') ? to : `${to}/tsconfig.json`
    return [optionsOf(resolve(dirname(path), file), reader, [])]
  })
}

/** The file that `extends` names: a path, or a module of a package. */
function fileOf(extended: string, folder: string): string | undefined {
  if (/^\.\.?(\/|$)/.test(extended) || isAbsolute(extended)) {
    return present([resolve(folder, extended)])
  }
  const name = packageOf(extended)
  if (!isPackageName(name)) return undefined
  for (let from = folder; ; from = dirname(from)) {
    const home = join(from, 'node_modules', name)
    const manifest = readJsonWithComments(readText(join(home, 'package.json')))
    const inside = extended === name ? manifest?.['tsconfig'] : extended.slice(name.length + 1)
    const found = present([
      ...(typeof inside === 'string' ? [join(home, inside)] : []),
      ...(extended === name ? [join(home, 'tsconfig.json')] : []),
    ])
    if (found !== undefined) return found
    if (from === dirname(from)) return undefined
  }
}

function present(paths: readonly string[]): string | undefined {
  return paths
    .flatMap((path) => [path, `${path}.json`, join(path, 'tsconfig.json')])
    .find((path) => readText(path, LONGEST_CONFIGURATION) !== undefined)
}

/** `${configDir}` is the folder of the configuration that is read first. */
function replaceConfigDir(path: string, root: string): string {
  return path.replace(/^\$\{configDir\}/i, () => root)
}

function inConfigDir(paths: unknown, root: string, folder: string): unknown {
  return Object.fromEntries(
    Object.entries(asObject(paths) ?? {}).map(([prefix, targets]) => [
      prefix,
      [targets]
        .flat(1)
        .map((target: unknown) =>
          typeof target === 'string' && /^\$\{configDir\}/i.test(target)
            ? posixRelative(folder, replaceConfigDir(target, root))
            : target,
        ),
    ]),
  )
}

function posixRelative(directory: string, path: string): string {
  return relative(directory, path).split(sep).join('/') || '.'
}
