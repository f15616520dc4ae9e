import { readEnvironment, type Setting } from './environment.ts'
import { findSources } from './files.ts'
import { filesOf, pathsOf, readAliases, type Aliases } from './modules.ts'
import { packageOf, readPackages, type Packages } from './packages.ts'
import { readSources, type OtherImport } from './read-sources.ts'
import type { Imported } from './imports.ts'
import { isMention } from './references.ts'
import { callAt, type Call, type Source } from './module.ts'
import { asNode, textOf, unwrap, type Node } from './syntax.ts'
import { findTargets, type Target } from './deploy-targets.ts'

/** A node, and the file that it stands in. */
export interface Located {
  readonly node: Node
  readonly source: Source
}

export interface Project {
  readonly directory: string
  readonly packages: Packages
  readonly sources: readonly Source[]
  readonly calls: readonly Call[]
  /** What is loaded by files that were not taken apart. */
  readonly otherImports: readonly OtherImport[]
  /** Files that could not be read, or only to their middle, and folders that were left out. */
  readonly unread: readonly string[]
  /** Code of the project's that is elsewhere, such as another package of the workspace. */
  readonly elsewhere: readonly string[]
  /** All that runs was looked at: what was not seen is not there. */
  readonly isWhole: boolean
  readonly environment: readonly Setting[]
  readonly targets: readonly Target[]
  /** What a name stands for: the expression that it was given, in whatever file of the project. */
  readonly resolve: (node: Node, source: Source) => Located
  /** The file of the project that a module is. */
  readonly fileOf: (module: string, from: string) => string | undefined
}

export function readProject(directory: string): Project {
  const packages = readPackages(directory)
  const { sources: found, projects, isCut } = findSources(directory)
  const aliases = readAliases(directory)
  const read = readSources(found, {
    directory,
    aliases,
    leftOut: projects,
    scripts: packages.manifest['scripts'],
  })
  const { sources, otherImports } = read
  const unread = [...projects.map((path) => `${path}/`), ...read.unread]
  if (isCut) unread.push('…')
  const elsewhere = [
    ...new Set([...elsewhereOf(sources, packages, aliases), ...read.linked]),
  ].toSorted()
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const paths = new Set([...byPath.keys(), ...otherImports.map(({ path }) => path)])
  return {
    directory,
    packages,
    sources,
    calls: sources.flatMap(({ calls }) => calls),
    otherImports,
    unread,
    elsewhere,
    isWhole: unread.length === 0 && elsewhere.length === 0,
    environment: readEnvironment(directory),
    targets: findTargets(directory, sources),
    resolve: resolver(byPath, aliases),
    fileOf: (module, from) => filesOf(module, from, aliases).find((path) => paths.has(path)),
  }
}

/** Modules that hold code of the project's, but lie outside of what was read. */
function elsewhereOf(sources: readonly Source[], packages: Packages, aliases: Aliases): string[] {
  const outside = new Set<string>()
  for (const source of sources) {
    for (const module of source.modules) {
      const paths = pathsOf(module, source.path, aliases)
      const leadsOut = paths.length > 0 && paths.every((path) => path.startsWith('..'))
      if (leadsOut || (paths.length === 0 && isOfWorkspace(module, packages))) outside.add(module)
    }
  }
  return [...outside]
}

function isOfWorkspace(module: string, { declared, find }: Packages): boolean {
  const name = packageOf(module)
  if (isKnown(name) || module.startsWith('node:') || module.startsWith('#')) return false
  if (/^(workspace|file|link|portal):/.test(declared.get(name) ?? '')) return true
  const found = find(name)
  return found !== undefined && !/[\\/]node_modules[\\/]/.test(found.folder)
}

/** Packages whose code is looked at nowhere, wherever they come from. */
function isKnown(name: string): boolean {
  return /^(costspan|ai|next|@ai-sdk\/.*|@opentelemetry\/.*|@vercel\/otel)$/.test(name)
}

/** That are followed from file to file. */
const MOST_REEXPORTS = 5

function resolver(byPath: ReadonlyMap<string, Source>, aliases: Aliases) {
  function sourceAt(module: string, from: Source): Source | undefined {
    return filesOf(module, from.path, aliases)
      .map((path) => byPath.get(path))
      .find((found) => found !== undefined)
  }

  function step({ node, source }: Located): Located | undefined {
    if (node.type !== 'Identifier') return undefined
    const name = textOf(node) ?? ''
    const constant = source.constants.get(name)
    if (constant !== undefined) return { node: unwrap(constant), source }
    const imported = source.imports.get(name)
    if (imported === undefined) return undefined
    return exportedBy(imported, source, 0)
  }

  /** Also through files that export again what others do. */
  function exportedBy(
    { module, name }: Imported,
    from: Source,
    depth: number,
  ): Located | undefined {
    const other = sourceAt(module, from)
    if (other === undefined || depth > MOST_REEXPORTS) return undefined
    const exported = other.exports.get(name)
    if (exported !== undefined) return { node: unwrap(exported), source: other }
    const again = other.reexports.get(name)
    if (again !== undefined) return exportedBy(again, other, depth + 1)
    for (const star of other.stars) {
      const found = exportedBy({ module: star, name }, other, depth + 1)
      if (found !== undefined) return found
    }
    return undefined
  }

  return (node: Node, source: Source): Located => {
    let at: Located = { node: unwrap(node), source }
    // A circle of names leads nowhere.
    for (let steps = 0; steps < 10; steps++) {
      const next = step(at)
      if (next === undefined) return at
      at = next
    }
    return at
  }
}

/** The call that a node is, or stands for. */
export function callOf(node: Node | undefined, source: Source, project: Project): Call | undefined {
  if (node === undefined) return undefined
  const found = project.resolve(node, source)
  return callAt(found.node, found.source)
}

/** Whether code names this anywhere, whatever it is of, but for an import that nobody uses. */
export function mentions({ sources }: Project, ...names: readonly string[]): boolean {
  return sources.some(({ nodes, parents, usedNames }) =>
    nodes.some((node) => {
      if (node.type === 'StringLiteral') return names.includes(node['value'] as string)
      return names.includes(node['name'] as string) && isMention(node, parents, usedNames)
    }),
  )
}

/** Whether anything of these packages is used, or they are loaded for what they do by themselves. */
export function uses({ sources }: Project, pattern: RegExp): boolean {
  return sources.some(({ usedModules }) => [...usedModules].some((module) => pattern.test(module)))
}

/** Whether any of these packages is imported, used or not. */
export function imports({ sources }: Project, pattern: RegExp): boolean {
  return sources.some(({ modules }) => [...modules].some((module) => pattern.test(module)))
}

/** What a call of the project's code is of. */
export function callsOf(
  { calls }: Project,
  module: RegExp,
  ...names: readonly string[]
): readonly Call[] {
  return calls.filter(
    ({ of }) => of !== undefined && module.test(of.module) && names.includes(of.name),
  )
}

/** The calls around a call, the innermost first. */
export function callsAround({ node, source }: Located): readonly Call[] {
  const around: Call[] = []
  for (let above = source.parents.get(node); above !== undefined;) {
    const call = source.callsByNode.get(above)
    if (call !== undefined) around.push(call)
    above = source.parents.get(above)
  }
  return around
}

/** The name that the value of a node is given, if any. */
export function givenName({ node, source }: Located): string | undefined {
  for (let above = source.parents.get(node); above !== undefined;) {
    if (above.type === 'VariableDeclarator') return textOf(asNode(above['id']))
    if (above !== undefined && unwrap(above) !== node) return undefined
    above = source.parents.get(above)
  }
  return undefined
}
