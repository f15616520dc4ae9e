import type { Project } from './project.ts'

/** Which files of the project load which others, including files that were not parsed. */
export interface ImportGraph {
  readonly importsOf: (path: string) => ReadonlySet<string>
  readonly importersOf: (path: string) => ReadonlySet<string>
}

const graphs = new WeakMap<Project, ImportGraph>()
const none: ReadonlySet<string> = new Set()

export function importGraph(project: Project): ImportGraph {
  const known = graphs.get(project)
  if (known !== undefined) return known
  const imports = new Map<string, Set<string>>()
  const importers = new Map<string, Set<string>>()
  const edges = [
    ...project.sources.flatMap(({ path, modules }) =>
      [...modules].map((module) => ({ path, module })),
    ),
    ...project.otherImports,
  ]
  for (const { path, module } of edges) {
    const target = project.fileOf(module, path)
    if (target === undefined || target === path) continue
    imports.set(path, (imports.get(path) ?? new Set()).add(target))
    importers.set(target, (importers.get(target) ?? new Set()).add(path))
  }
  const graph: ImportGraph = {
    importsOf: (path) => imports.get(path) ?? none,
    importersOf: (path) => importers.get(path) ?? none,
  }
  graphs.set(project, graph)
  return graph
}

/** The start files and all files that can be reached from them. */
export function reachable(
  start: Iterable<string>,
  next: (path: string) => ReadonlySet<string>,
): ReadonlySet<string> {
  const seen = new Set(start)
  // A loop over a set visits what is added to the set meanwhile.
  for (const path of seen) for (const other of next(path)) seen.add(other)
  return seen
}

/** The entry files of a file: those that load it, directly or not, and that no file loads. */
export function entriesOf(path: string, { importersOf }: ImportGraph): readonly string[] {
  return [...reachable([path], importersOf)].filter((each) => importersOf(each).size === 0)
}
