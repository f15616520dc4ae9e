import type { Project } from './project.ts'

/** Which files of the project load which others, also those that were not taken apart. */
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

/** A file and all that can be reached from it. */
export function reachable(
  start: Iterable<string>,
  next: (path: string) => ReadonlySet<string>,
): ReadonlySet<string> {
  const seen = new Set(start)
  // A set hands out what is added to it while it is gone through.
  for (const path of seen) for (const other of next(path)) seen.add(other)
  return seen
}

/** The files by which a file comes to run: those that load it, directly or not, and that nothing loads. */
export function entriesOf(path: string, { importersOf }: ImportGraph): readonly string[] {
  return [...reachable([path], importersOf)].filter((each) => importersOf(each).size === 0)
}
