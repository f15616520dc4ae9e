import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readText } from './files.ts'
import { asObject, type JsonObject, readJson } from './json.ts'
import { lockedVersion } from './lockfile.ts'
import { parseVersion, type Version } from './version.ts'

export interface Package {
  readonly name: string
  readonly version: string
  /** Its real path, so that two links to one folder are one package. */
  readonly folder: string
  readonly manifest: JsonObject
}

export interface Packages {
  /** Searches a package as Node.js does: in the folder and upwards. */
  readonly find: (name: string, from?: string) => Package | undefined
  /** The installed version, else that of the lockfile, else the lowest in the range of package.json. */
  readonly versionOf: (name: string) => Version | undefined
  /** The version as text, or the range with a remark if the package is not installed. */
  readonly describe: (name: string) => string | undefined
  /** The dependencies of package.json with their ranges. */
  readonly declared: ReadonlyMap<string, string>
  readonly manifest: JsonObject
  /** Whether anything is installed. */
  readonly areInstalled: boolean
}

export const kinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']

/** The packages of a project. Without a package.json of its own the nearest one above is used. */
export function readPackages(directory: string): Packages {
  const folders = [...upwards(directory)]
  const root = folders.find((folder) => manifestIn(folder) !== undefined) ?? directory
  const manifest = manifestIn(root) ?? {}
  const declared = new Map(kinds.flatMap((kind) => dependenciesOf(manifest, kind)))
  const known = new Map<string, Package | undefined>()

  function find(name: string, from: string = directory): Package | undefined {
    const key = `${from}\n${name}`
    if (!known.has(key)) known.set(key, installed(name, from, { root, manifest }))
    return known.get(key)
  }

  function asText(name: string): string | undefined {
    return find(name)?.version ?? lockedVersion(name, folders)
  }

  return {
    find,
    versionOf: (name) => parseVersion(asText(name) ?? declared.get(name)),
    describe: (name) => {
      const range = declared.get(name)
      return asText(name) ?? (range === undefined ? undefined : `${range} (not installed)`)
    },
    declared,
    manifest,
    areInstalled: [...declared.keys()].some((name) => find(name) !== undefined),
  }
}

interface Root {
  readonly root: string
  readonly manifest: JsonObject
}

function installed(name: string, from: string, own: Root): Package | undefined {
  if (!isPackageName(name)) return undefined
  for (const folder of upwards(from)) {
    const path = join(folder, 'node_modules', name)
    const manifest = manifestIn(path)
    if (manifest !== undefined) return toPackage(name, path, manifest)
    // A package may import itself by its name.
    if (folder === own.root && own.manifest['name'] === name) {
      return toPackage(name, folder, own.manifest)
    }
  }
  return undefined
}

function toPackage(name: string, path: string, manifest: JsonObject): Package | undefined {
  const { version } = manifest
  if (typeof version !== 'string') return undefined
  try {
    return { name, version, folder: realpathSync(path), manifest }
  } catch {
    return undefined
  }
}

function manifestIn(folder: string): JsonObject | undefined {
  return readJson(readText(join(folder, 'package.json')))
}

export function dependenciesOf(manifest: JsonObject, kind: string): [string, string][] {
  return Object.entries(asObject(manifest[kind]) ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
}

/** The package that a module belongs to: `ai` for `ai/rsc`. */
export function packageOf(module: string): string {
  return /^(?:@[^/]+\/)?[^/]+/.exec(module)?.[0] ?? module
}

/** Checks a name from a file of a third party before it becomes part of a path. */
export function isPackageName(name: string): boolean {
  return /^(@[\w.~-]+\/)?[\w~-][\w.~-]*$/.test(name)
}

function* upwards(from: string): Generator<string> {
  for (let folder = from; ; folder = dirname(folder)) {
    yield folder
    if (folder === dirname(folder)) return
  }
}
