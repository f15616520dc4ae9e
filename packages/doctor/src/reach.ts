import { importGraph, reachable } from './import-graph.ts'
import type { Located, Project } from './project.ts'
import { pathOf, type Call, type Source } from './module.ts'
import { asNode, nodesIn, textOf, unwrap, type SyntaxNode } from './syntax.ts'

/** Whether something applies to a call. `perhaps`: the code that runs the call is not visible. */
export type Certainty = 'yes' | 'perhaps' | 'no'

/** Code that has an effect on the calls in its reach, such as `withAttribution`. */
export interface Mark {
  /** `arguments`: it applies to what runs inside its arguments. `function`: to the whole function that contains it. */
  readonly scopeOf: (node: SyntaxNode, source: Source) => 'arguments' | 'function' | undefined
  /** Whether a node is one of the calls in question. A helper that contains one has no effect on its callers. */
  readonly isSubject: (node: SyntaxNode, source: Source) => boolean
}

const functionTypes = new Set([
  'ArrowFunctionExpression',
  'ClassMethod',
  'ClassPrivateMethod',
  'FunctionDeclaration',
  'FunctionExpression',
  'ObjectMethod',
])

/** Names of functions that take a handler which runs on its own: of a route, an event or a job. */
const handlerTakers =
  /^(all|add|consume|createFunction|cron|define|delete|get|handle|job|on|once|patch|post|process|put|register|route|schedule|setInterval|step|subscribe|task|use|work|Worker|CronJob)$/

/** The code that is examined as a whole: a function with a name, a handler, or else a top-level statement. */
interface Unit {
  readonly node: SyntaxNode
  readonly source: Source
  readonly names: readonly string[]
  /** The names of the object that contains the function: a computed name may select it there. */
  readonly holders: readonly string[]
}

const MOST_DEPTH = 12

/** Whether a mark reaches a node: around it, in its function, in a helper, or in every caller of its function. */
export function reaches(mark: Mark, at: Located, project: Project): Certainty {
  return new Reach(mark, project).of(at, 0, new Set())
}

class Reach {
  readonly #mark: Mark
  readonly #project: Project

  constructor(mark: Mark, project: Project) {
    this.#mark = mark
    this.#project = project
  }

  of(at: Located, depth: number, seen: Set<SyntaxNode>): Certainty {
    const unit = unitOf(at)
    if (this.#isAround(at) || this.#isMarked(unit, at)) return 'yes'
    if (depth > MOST_DEPTH) return 'perhaps'
    if (seen.has(unit.node)) return 'yes'
    seen.add(unit.node)
    const callers = this.#callersOf(unit)
    if (callers === undefined) return 'perhaps'
    if (callers.length === 0) return 'no'
    return worst(callers.map((caller) => this.of(caller, depth + 1, seen)))
  }

  /** Whether the node is inside the arguments of a mark, or of a function of the project that contains one. */
  #isAround({ node, source }: Located): boolean {
    for (let above = source.parents.get(node); above !== undefined;) {
      const call = source.callsByNode.get(above)
      if (call !== undefined && asNode(above['callee']) !== node) {
        const scope = this.#scopeOfCall(call)
        if (scope !== undefined) return true
      }
      above = source.parents.get(above)
    }
    return false
  }

  #scopeOfCall(call: Call): 'arguments' | 'function' | undefined {
    const callee = asNode(call.node['callee'])
    return (callee && this.#mark.scopeOf(callee, call.source)) ?? this.#scopeOfHelper(call)
  }

  /** The scope of a function of the project that contains a mark and none of the calls in question. */
  #scopeOfHelper({ node, source }: Call): 'arguments' | 'function' | undefined {
    const callee = asNode(node['callee'])
    if (callee === undefined) return undefined
    const found = this.#project.resolve(callee, source)
    if (!functionTypes.has(found.node.type)) return undefined
    const inside = nodesInside(found)
    if (inside.some((each) => this.#mark.isSubject(each, found.source))) return undefined
    const scopes = inside.map((each) => this.#mark.scopeOf(each, found.source))
    return scopes.includes('function') ? 'function' : scopes.find((scope) => scope !== undefined)
  }

  /** Whether the same function contains a mark that does not enclose another call of this kind. */
  #isMarked(unit: Unit, at: Located): boolean {
    return nodesInside(unit).some((node) => {
      const scope = this.#mark.scopeOf(node, unit.source)
      if (scope === 'function') return true
      if (scope === 'arguments') return !this.#isOfAnother(node, unit.source)
      const call = unit.source.callsByNode.get(node)
      return call !== undefined && node !== at.node && this.#scopeOfHelper(call) === 'function'
    })
  }

  /** `withAttribution(user, () => generateText(…))` attributes that call, and no other. */
  #isOfAnother(callee: SyntaxNode, source: Source): boolean {
    const call = source.parents.get(callee)
    if (call === undefined) return false
    return nodesIn(call['arguments']).some(
      (argument) =>
        functionTypes.has(unwrap(argument).type) &&
        nodesInside({ node: argument, source }).some((node) => this.#mark.isSubject(node, source)),
    )
  }

  /** The uses of a function beyond its definition. Undefined if they are not visible. */
  #callersOf(unit: Unit): readonly Located[] | undefined {
    if (unit.names.length === 0) return []
    const graph = importGraph(this.#project)
    const files = reachable([unit.source.path], graph.importersOf)
    const callers = this.#project.sources
      .filter(({ path }) => files.has(path))
      .flatMap((source) => usesOf(unit, source, this.#project))
    if (callers.length > 0) return callers
    const isLoadedUnseen = this.#project.otherImports.some(
      ({ path, module }) => this.#project.fileOf(module, path) === unit.source.path,
    )
    return isLoadedUnseen ? undefined : []
  }
}

function worst(all: readonly Certainty[]): Certainty {
  if (all.includes('no')) return 'no'
  return all.includes('perhaps') ? 'perhaps' : 'yes'
}

/** The nodes of each file, sorted by their start. Every call of a file asks for the nodes of its function. */
const byStart = new WeakMap<Source, readonly SyntaxNode[]>()

function nodesByStart(source: Source): readonly SyntaxNode[] {
  const known = byStart.get(source)
  if (known !== undefined) return known
  const sorted = source.nodes.toSorted((one, other) => startOf(one) - startOf(other))
  byStart.set(source, sorted)
  return sorted
}

function startOf(node: SyntaxNode): number {
  return node.start ?? 0
}

/** The nodes inside a node, that one included. Exported for its test. */
export function nodesInside({ node, source }: Located): readonly SyntaxNode[] {
  const [start, end] = [startOf(node), node.end ?? 0]
  const sorted = nodesByStart(source)
  let first = 0
  for (let last = sorted.length; first < last;) {
    const middle = (first + last) >> 1
    if (startOf(sorted[middle] ?? node) < start) first = middle + 1
    else last = middle
  }
  const inside: SyntaxNode[] = []
  for (let index = first; index < sorted.length; index++) {
    const each = sorted[index]
    if (each === undefined || startOf(each) > end) break
    if ((each.end ?? 0) <= end) inside.push(each)
  }
  return inside
}

function unitOf({ node, source }: Located): Unit {
  let last = node
  for (let at: SyntaxNode | undefined = node; at !== undefined; at = source.parents.get(at)) {
    if (at.type === 'Program') break
    // A constructor counts as its class, whose methods use what it makes.
    const isFunction = functionTypes.has(at.type) && at !== node && at['kind'] !== 'constructor'
    const names = isFunction ? namesOf(at, source) : []
    if (isFunction && (names.length > 0 || isHandler(at, source)))
      return { node: at, source, names, holders: holdersOf(at, source) }
    last = at
  }
  return { node: last, source, names: namesOfStatement(last), holders: [] }
}

function namesOf(node: SyntaxNode, { parents }: Source): string[] {
  let above = parents.get(node)
  while (above !== undefined && unwrap(above) === node) above = parents.get(above)
  const isValue = above?.type === 'VariableDeclarator' || /Propert/.test(above?.type ?? '')
  const named = [
    asNode(node['id']),
    asNode(node['key']),
    ...(isValue ? [asNode(above?.['id'] ?? above?.['key'])] : []),
  ]
  const names = named.flatMap((each) => textOf(each) ?? [])
  const assigned = above?.type === 'AssignmentExpression' ? asNode(above['left']) : undefined
  if (assigned !== undefined) names.push(...(pathOf(assigned)?.slice(-1) ?? []))
  if (above?.type === 'ExportDefaultDeclaration' || node.type === 'FunctionDeclaration') {
    const isDefault = above?.type === 'ExportDefaultDeclaration'
    if (isDefault) names.push('default')
  }
  return names
}

/** The names of the objects around a function: `features` for `const features = { chat: () => … }`. */
function holdersOf(node: SyntaxNode, { parents }: Source): string[] {
  let at = node
  let isInObject = false
  for (let above = parents.get(at); above !== undefined; above = parents.get(at)) {
    if (above.type === 'VariableDeclarator') {
      return isInObject ? [textOf(asNode(above['id'])) ?? ''] : []
    }
    const isPart = /^Object(Expression|Property)$/.test(above.type) || unwrap(above) === unwrap(at)
    if (!isPart) return []
    isInObject ||= above.type === 'ObjectExpression'
    at = above
  }
  return []
}

function isHandler(node: SyntaxNode, { parents, callsByNode }: Source): boolean {
  const above = parents.get(node)
  const call = above === undefined ? undefined : callsByNode.get(above)
  return (
    call !== undefined && asNode(above?.['callee']) !== node && handlerTakers.test(call.name ?? '')
  )
}

/** The names that a top-level statement declares, such as `const answer = wrapped(() => …)` or a class. */
function namesOfStatement(statement: SyntaxNode): string[] {
  const declaration = asNode(statement['declaration']) ?? statement
  const names = [declaration, ...nodesIn(declaration['declarations'])].flatMap(
    ({ id }) => textOf(asNode(id)) ?? [],
  )
  return statement.type === 'ExportDefaultDeclaration' ? [...names, 'default'] : names
}

/** Uses of a function by its name, or by a member of that name. */
function usesOf(unit: Unit, source: Source, project: Project): readonly Located[] {
  const names = new Set(unit.names)
  const holders = new Set(unit.holders)
  const [start, end] = [unit.node.start ?? 0, unit.node.end ?? 0]
  return source.nodes.flatMap((node) => {
    if (node.type !== 'Identifier') return []
    const above = source.parents.get(node)
    if (above === undefined || /^(Import|Export)/.test(above.type)) return []
    const isInside = source === unit.source && (node.start ?? 0) >= start && (node.end ?? 0) <= end
    if (isInside || above['id'] === node) return []
    const name = textOf(node) ?? ''
    const isMember = above['property'] === node && above['computed'] !== true
    const isKey = above['key'] === node && above['shorthand'] !== true
    if (isKey) return []
    if (isMember) return names.has(name) && name !== 'default' ? [{ node, source }] : []
    const isTakenByName = above['object'] === node && above['computed'] !== true
    if (source === unit.source && holders.has(name) && !isTakenByName) return [{ node, source }]
    if (source === unit.source) return names.has(name) ? [{ node, source }] : []
    const found = project.resolve(node, source)
    const isIt =
      found.source === unit.source &&
      (found.node === unit.node ||
        (nameIn(found.node) !== undefined && names.has(nameIn(found.node) ?? '')) ||
        containsNode(unit.node, found.node))
    return isIt && found.source !== source ? [{ node, source }] : []
  })
}

function nameIn(node: SyntaxNode): string | undefined {
  return textOf(asNode(node['id'])) ?? (node.type === 'Identifier' ? textOf(node) : undefined)
}

function containsNode(outer: SyntaxNode, inner: SyntaxNode): boolean {
  return (outer.start ?? 0) <= (inner.start ?? 0) && (outer.end ?? 0) >= (inner.end ?? 0)
}
