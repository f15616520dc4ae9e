import { realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isSourceName } from './files.ts'
import { asObject } from './json.ts'
import { withoutEnding } from './imports.ts'
import { filesOf, type Aliases } from './modules.ts'

/** The modules that a file loads. */
export interface Loading {
  readonly path: string
  readonly modules: Iterable<string>
}

interface Followed {
  /** Files in skipped folders, such as `vendor`, which code loads. */
  readonly paths: readonly string[]
  /** Modules behind a link. Links are not followed. */
  readonly linked: readonly string[]
}

export interface Place {
  readonly directory: string
  readonly aliases: Aliases
  /** Folders that are separate projects. */
  readonly leftOut: readonly string[]
  readonly scripts: unknown
}

/** The modules that the scripts of package.json preload. Test scripts are left out: they load what only tests need. */
export function loadedByScripts(scripts: unknown): Loading {
  const commands = Object.entries(asObject(scripts) ?? {}).flatMap(([name, command]) =>
    typeof command === 'string' && !/test|e2e|coverage/.test(name) ? [command] : [],
  )
  return { path: 'package.json', modules: commands.flatMap(loadedByCommand) }
}

/** `./set-up.ts` of `tsx --import ./set-up.ts server.ts`. */
function loadedByCommand(command: string): string[] {
  const words = command.split(/[\s=]/).filter((word) => word !== '')
  return words.flatMap((word, index) => {
    if (!/(?:--(?:import|require|loader)|^-r)$/.test(word)) return []
    const path = (words[index + 1] ?? '').replace(/^\.\//, '')
    const written = /^[\w@.-][\w@./-]*/.exec(path)?.[0] ?? ''
    const name = [...written.matchAll(/\.[cm]?[jt]s(?!\w)/g)].at(-1)
    return name === undefined ? [] : [`./${written.slice(0, name.index + name[0].length)}`]
  })
}

/** Set-up files of tests, which load what only tests run. */
const testSetUp =
  /(^|\/)(cypress|jest|karma|playwright|vitest|wdio)\.|(^|\/)setup-?tests?\.|\.config\.[cm]?[jt]s$/i

/** The files of the project that a file loads and that are not known yet. */
export function followImports(
  { path: from, modules }: Loading,
  known: ReadonlySet<string>,
  { directory, aliases, leftOut }: Place,
): Followed {
  const paths: string[] = []
  const linked: string[] = []
  if (testSetUp.test(from)) return { paths, linked }
  for (const module of modules) {
    const files = filesOf(module, from, aliases).filter((path) => isInside(path, leftOut))
    if (files.some((path) => known.has(path))) continue
    const found = files.find((path) => isSourceName(path) && isFile(join(directory, path)))
    if (found === undefined || isBuiltFrom(known, found)) continue
    if (isBehindLink(directory, found)) linked.push(module)
    else paths.push(found)
  }
  return { paths, linked }
}

function isInside(path: string, leftOut: readonly string[]): boolean {
  if (path.startsWith('..') || /(^|\/)node_modules\//.test(path)) return false
  return leftOut.every((folder) => !path.startsWith(`${folder}/`))
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function isBehindLink(directory: string, path: string): boolean {
  return realpathSync(join(directory, path)) !== join(realpathSync(directory), path)
}

/** Whether a file is build output of a known source: it would repeat every finding. */
function isBuiltFrom(known: ReadonlySet<string>, path: string): boolean {
  const folder = /(^|\/)(build|dist|out)\//
  if (!folder.test(path)) return false
  const sources = new Set(['$1', '$1src/'].map((by) => withoutEnding(path.replace(folder, by))))
  return [...known].some((each) => sources.has(withoutEnding(each)))
}
