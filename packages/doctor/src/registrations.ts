import { isNextProject } from './queries.ts'
import { importGraph, reachable } from './import-graph.ts'
import { callOf, callsOf, type Project } from './project.ts'
import type { Call, Source } from './module.ts'
import { asNode, nodesOf, textOf, type SyntaxNode } from './syntax.ts'

export const AI_SDK_OTEL = /^@ai-sdk\/otel$/

/** An integration that is registered when a file is loaded, or when a function of it is called. */
export interface Registration {
  readonly call: Call
  readonly name: string
  /** The file whose loading registers it. */
  readonly file: string
  /** What runs the registration: a part of the bundle of Next.js, or a file. */
  readonly by: string
}

/** The integrations of `@ai-sdk/otel` that a call of `registerTelemetry` registers. */
export function integrationsOf(call: Call, project: Project): string[] {
  return call.arguments.flatMap((argument) => {
    const of = callOf(argument, call.source, project)?.of
    return of !== undefined && AI_SDK_OTEL.test(of.module) ? [of.name] : []
  })
}

/** Every registration at run time. Next.js evaluates a file for instrumentation, and again for routes. */
export function registrationsOf(project: Project): readonly Registration[] {
  return callsOf(project, /^ai$/, 'registerTelemetry').flatMap((call) => {
    const [name] = integrationsOf(call, project)
    if (name === undefined || isConditional(call)) return []
    return placesOf(call, project).flatMap(({ path, at }) =>
      loadersOf(path, project).map((by) => ({ call: at, name, file: path, by })),
    )
  })
}

/** Whether a registration is conditional, such as after `if (!globalThis.registered)`: then it may run only once. */
function isConditional({ node, source }: Call): boolean {
  for (
    let above = source.parents.get(node);
    above !== undefined;
    above = source.parents.get(above)
  ) {
    if (/^(If|Switch)Statement$|^(Conditional|Logical)Expression$/.test(above.type)) return true
    if (above.type === 'AssignmentExpression' && above['operator'] === '??=') return true
    if (/Function|Method/.test(above.type) && returnsEarly(above)) return true
  }
  return false
}

function returnsEarly(node: SyntaxNode): boolean {
  const { nodes } = nodesOf(node)
  return nodes.some(({ type, consequent }) => {
    const then = type === 'IfStatement' ? asNode(consequent) : undefined
    return then !== undefined && nodesOf(then).nodes.some((each) => each.type === 'ReturnStatement')
  })
}

interface Place {
  readonly path: string
  readonly at: Call
}

/** The file of the registration, or the files that call the function which contains it. */
function placesOf(call: Call, project: Project): readonly Place[] {
  const { node, source } = call
  let outer: SyntaxNode | undefined
  for (
    let above = source.parents.get(node);
    above !== undefined;
    above = source.parents.get(above)
  ) {
    if (/Function|Method/.test(above.type)) outer = above
  }
  if (outer === undefined) return [{ path: source.path, at: call }]
  const isHook = isRegisterOfNext(outer, source)
  if (isHook) return [{ path: source.path, at: call }]
  const made = outer
  return project.calls
    .filter((each) => {
      const callee = asNode(each.node['callee'])
      if (callee === undefined) return false
      if (callee === made) return true
      return project.resolve(callee, each.source).node === made
    })
    .filter((each) => !isConditional(each))
    .map((each) => ({ path: each.source.path, at: each }))
}

function isRegisterOfNext(node: SyntaxNode, { path }: Source): boolean {
  return instrumentation.test(path) && textOf(asNode(node['id'])) === 'register'
}

const instrumentation = /^(src\/)?instrumentation\.[cm]?[jt]s$/
const pages = /^(src\/)?(app|pages)\//

const INSTRUMENTATION = 'instrumentation'
const ROUTES = 'routes'

/** Next.js bundles instrumentation and routes separately and evaluates a file in both twice. Elsewhere it runs once. */
function loadersOf(path: string, project: Project): readonly string[] {
  if (!isNextProject(project)) return [path]
  const { importersOf } = importGraph(project)
  const importers = [...reachable([path], importersOf)]
  // The function `register` runs for instrumentation alone, even if other files import its file.
  if (instrumentation.test(path)) return [INSTRUMENTATION]
  return [
    ...(importers.some((each) => instrumentation.test(each)) ? [INSTRUMENTATION] : []),
    ...(importers.some((each) => pages.test(each)) ? [ROUTES] : []),
  ]
}

/** Whether two registrations run in one process: one file loads both, directly or not. */
export function areOneProcess(one: Registration, other: Registration, project: Project): boolean {
  if (isNextProject(project)) return one.by !== other.by || one.file !== other.file
  if (one.file === other.file) return false
  const { importersOf } = importGraph(project)
  const first = reachable([one.file], importersOf)
  return [...reachable([other.file], importersOf)].some((path) => first.has(path))
}
