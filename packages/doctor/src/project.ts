import { readEnvironment, type Setting } from './environment.ts'
import { findSources } from './files.ts'
import { filesOf, pathsOf, readAliases, type Aliases } from './modules.ts'
import { packageOf, readPackages, type Packages } from './packages.ts'
import { readSources, type OtherImport } from './read-sources.ts'
import type { Imported } from './imports.ts'
import { isMention } from './references.ts'
import { callAt, type Call, type Source } from './module.ts'
import { asNode, textOf, unwrap, type SyntaxNode } from './syntax.ts'
import { findDeployTargets, type DeployTarget } from './deploy-targets.ts'

/** A node, and the file that contains it. */
export interface Located {
  readonly node: SyntaxNode
  readonly source: Source
}

export interface Project {
  readonly directory: string
  readonly packages: Packages
  readonly sources: readonly Source[]
  readonly calls: readonly Call[]
  /** The imports of files that were not parsed. */
  readonly otherImports: readonly OtherImport[]
  /** Files that could not be read or parsed, and folders that were left out. */
  readonly unread: readonly string[]
  /** Modules whose code is outside the directory, such as another package of the workspace. */
  readonly elsewhere: readonly string[]
  /** Whether all code that runs was examined, so that what was not found does not exist. */
  readonly isWhole: boolean
  readonly environment: readonly Setting[]
  readonly targets: readonly DeployTarget[]
  /** The expression that a name refers to, in any file of the project. */
  readonly resolve: (node: SyntaxNode, source: Source) => Located
  /** The file of the project that a module leads to. */
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
    targets: findDeployTargets(directory, sources),
    resolve: resolver(byPath, aliases),
    fileOf: (module, from) => filesOf(module, from, aliases).find((path) => paths.has(path)),
  }
}

/** Modules of the project whose code is outside of what was read. */
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

/** Packages whose code is never examined, wherever they are installed. */
function isKnown(name: string): boolean {
  return /^(costspan|ai|next|@ai-sdk\/.*|@opentelemetry\/.*|@vercel\/otel)$/.test(name)
}

/** The most re-exports that are followed from file to file. */
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

  /** Follows re-exports. */
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

  return (node: SyntaxNode, source: Source): Located => {
    let at: Located = { node: unwrap(node), source }
    // Names may refer to each other in a circle.
    for (let steps = 0; steps < 10; steps++) {
      const next = step(at)
      if (next === undefined) return at
      at = next
    }
    return at
  }
}

/** The call at a node, or the call whose value a name holds. */
export function callOf(
  node: SyntaxNode | undefined,
  source: Source,
  project: Project,
): Call | undefined {
  if (node === undefined) return undefined
  const found = project.resolve(node, source)
  return callAt(found.node, found.source)
}

/** Whether code mentions one of these names anywhere. An unused import does not count. */
export function mentions({ sources }: Project, ...names: readonly string[]): boolean {
  return sources.some(({ nodes, parents, usedNames }) =>
    nodes.some((node) => {
      if (node.type === 'StringLiteral') return names.includes(node['value'] as string)
      return names.includes(node['name'] as string) && isMention(node, parents, usedNames)
    }),
  )
}

/** Whether code uses a name of these packages, or loads them for their side effects. */
export function uses({ sources }: Project, pattern: RegExp): boolean {
  return sources.some(({ usedModules }) => [...usedModules].some((module) => pattern.test(module)))
}

/** Whether any of these packages is imported, used or not. */
export function imports({ sources }: Project, pattern: RegExp): boolean {
  return sources.some(({ modules }) => [...modules].some((module) => pattern.test(module)))
}

/** The calls of functions of a module, by name. */
export function callsOf(
  { calls }: Project,
  module: RegExp,
  ...names: readonly string[]
): readonly Call[] {
  return calls.filter(
    ({ of }) => of !== undefined && module.test(of.module) && names.includes(of.name),
  )
}

/** The calls that enclose a node, the innermost first. */
export function enclosingCalls({ node, source }: Located): readonly Call[] {
  const enclosing: Call[] = []
  for (let above = source.parents.get(node); above !== undefined;) {
    const call = source.callsByNode.get(above)
    if (call !== undefined) enclosing.push(call)
    above = source.parents.get(above)
  }
  return enclosing
}

/** The name of the variable that holds the value of a node, if any. */
export function givenName({ node, source }: Located): string | undefined {
  for (let above = source.parents.get(node); above !== undefined;) {
    if (above.type === 'VariableDeclarator') return textOf(asNode(above['id']))
    if (above !== undefined && unwrap(above) !== node) return undefined
    above = source.parents.get(above)
  }
  return undefined
}
