import { dirname, join, relative, resolve, sep } from 'node:path'
import { createPathsMatcher, parseTsconfig, type TsConfigResult } from 'get-tsconfig'
import { readText } from './files.ts'
import { asObject, readJsonWithComments } from './json.ts'

/** The module aliases of one TypeScript configuration, as paths relative to the directory of the project. */
export interface PathAliases {
  /** The files that `paths` maps a module to, without their endings. */
  readonly mapped: (module: string) => readonly string[]
  /** The file that a module is below `baseUrl`. Any package may have that name: only a file that exists proves it. */
  readonly belowBase: (module: string) => readonly string[]
}

/** Look-ups in the file system for all configurations of a project together: they may extend each other many times. */
const MOST_LOOKUPS = 5000

/** Configurations that are tried where one that is extended cannot be read. */
const MOST_PARENTS = 50

/** The cache of get-tsconfig, which asks it before each look-up. It ends what a project made endless. */
class BoundedCache extends Map<string, string> {
  #left = MOST_LOOKUPS

  override get(key: string): string | undefined {
    if (this.#left-- <= 0) throw new RangeError('too many configurations')
    return super.get(key)
  }
}

/**
 * The aliases of tsconfig.json or jsconfig.json with all that it extends. Where it states no `paths`, those of the
 * projects that it refers to are added, as Vite's templates have them.
 */
export function readPathAliases(directory: string): readonly PathAliases[] {
  const root = ['tsconfig.json', 'jsconfig.json']
    .map((name) => join(directory, name))
    .find((path) => readText(path) !== undefined)
  const cache = new BoundedCache()
  const own = root === undefined ? undefined : readConfiguration(root, cache, new Set())
  if (own === undefined) return []
  const all =
    own.config.compilerOptions?.paths === undefined ? [own, ...referredTo(own, cache)] : [own]
  return all.flatMap((configuration) => toAliases(configuration, directory) ?? [])
}

function toAliases(configuration: TsConfigResult, directory: string): PathAliases | undefined {
  const { path, config } = configuration
  const match = matcherOf(configuration)
  if (match === undefined) return undefined
  const { baseUrl } = config.compilerOptions ?? {}
  const base = baseUrl === undefined ? undefined : resolve(dirname(path), baseUrl)
  const within = (file: string): string => relative(directory, file).split(sep).join('/') || '.'
  const below = (module: string): string[] =>
    base === undefined ? [] : [within(join(base, module))]
  return {
    belowBase: below,
    // The library answers by `baseUrl` where no pattern matches.
    mapped: (module) => {
      const [fallback] = below(module)
      return match(module)
        .map(within)
        .filter((file) => file !== fallback)
    },
  }
}

/** A target without `./` and without `baseUrl` is an error to TypeScript; bundlers take it, relative to its file. */
function matcherOf({ path, config }: TsConfigResult): ((module: string) => string[]) | undefined {
  const { paths, baseUrl } = config.compilerOptions ?? {}
  try {
    const relativePaths = Object.fromEntries(
      Object.entries(paths ?? {}).map(([pattern, targets]) => [
        pattern,
        targets.map((target) => (/^[./]|^\w:/.test(target) ? target : `./${target}`)),
      ]),
    )
    const isAsWritten = paths === undefined || baseUrl !== undefined
    const compilerOptions = {
      ...config.compilerOptions,
      ...(!isAsWritten && { paths: relativePaths }),
    }
    return createPathsMatcher({ path, config: { ...config, compilerOptions } }) ?? undefined
  } catch {
    // Patterns with two stars, or values that are no lists of text.
    return undefined
  }
}

function readConfiguration(
  path: string,
  cache: BoundedCache,
  tried: Set<string>,
): TsConfigResult | undefined {
  try {
    return { path, config: parseTsconfig(path, cache) }
  } catch {
    return readPart(path, cache, tried)
  }
}

/**
 * Part of a configuration that extends a file which is missing, such as one of a package that is not installed, or
 * which extends itself: its own options or, if it states none, those of the last file in `extends` that can be read.
 */
function readPart(
  path: string,
  cache: BoundedCache,
  tried: Set<string>,
): TsConfigResult | undefined {
  const configuration = readJsonWithComments(readText(path))
  if (configuration === undefined || tried.has(path) || tried.size >= MOST_PARENTS) return undefined
  tried.add(path)
  const { paths, baseUrl } = asObject(configuration['compilerOptions']) ?? {}
  const own = {
    ...(isPaths(paths) && { paths }),
    ...(typeof baseUrl === 'string' && { baseUrl }),
  }
  if (Object.keys(own).length > 0) return { path, config: { compilerOptions: own } }
  for (const extended of [configuration['extends']].flat(1).toReversed()) {
    if (typeof extended !== 'string' || !/^\.\.?\//.test(extended)) continue
    const parent = resolve(dirname(path), extended)
    const file = [parent, `${parent}.json`].find((each) => readText(each) !== undefined)
    const found = file === undefined ? undefined : readConfiguration(file, cache, tried)
    if (found !== undefined) return found
  }
  return undefined
}

function isPaths(value: unknown): value is Record<string, string[]> {
  return Object.values(asObject(value) ?? { none: undefined }).every(
    (targets) => Array.isArray(targets) && targets.every((target) => typeof target === 'string'),
  )
}

function referredTo({ path, config }: TsConfigResult, cache: BoundedCache): TsConfigResult[] {
  const references: unknown = config.references
  if (!Array.isArray(references)) return []
  return references.flatMap((reference: unknown) => {
    const to = asObject(reference)?.['path']
    if (typeof to !== 'string') return []
    const file = resolve(dirname(path), to.endsWith('.json') ? to : `${to}/tsconfig.json`)
    if (readText(file) === undefined) return []
    return readConfiguration(file, cache, new Set()) ?? []
  })
}
