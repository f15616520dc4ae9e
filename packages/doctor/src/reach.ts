import { importGraph, reachable } from './import-graph.ts'
import type { Located, Project } from './project.ts'
import { pathOf, type Call, type Source } from './module.ts'
import { asNode, nodesIn, textOf, unwrap, type Node } from './syntax.ts'

/** Whether something holds for a call. `perhaps`: it cannot be seen who runs it. */
export type Certainty = 'yes' | 'perhaps' | 'no'

/** What makes something hold for the calls in its reach. */
export interface Mark {
  /** `around`: for what runs inside of its arguments. `after`: for all of the function that it stands in. */
  readonly kindOf: (node: Node, source: Source) => 'around' | 'after' | undefined
  /** A function that does what is asked about by itself marks nothing for those who call it. */
  readonly isSubject: (node: Node, source: Source) => boolean
}

const functionTypes = new Set([
  'ArrowFunctionExpression',
  'ClassMethod',
  'ClassPrivateMethod',
  'FunctionDeclaration',
  'FunctionExpression',
  'ObjectMethod',
])

/** Names of functions to which a handler is given that runs by itself: of a route, an event, a job. */
const handing =
  /^(all|add|consume|createFunction|cron|define|delete|get|handle|job|on|once|patch|post|process|put|register|route|schedule|setInterval|step|subscribe|task|use|work|Worker|CronJob)$/

/** The function that is looked at as a whole: one with a name, or a handler; else the statement of the file. */
interface Unit {
  readonly node: Node
  readonly source: Source
  readonly names: readonly string[]
  /** Of a function in an object: what that is called, from which it may be taken by a computed name. */
  readonly holders: readonly string[]
}

const MOST_DEPTH = 12

/** Whether a mark reaches a node: around it, in its function, in a helper, or wherever its function is called. */
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

  of(at: Located, depth: number, seen: Set<Node>): Certainty {
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

  /** Inside of the arguments of a mark, or of a function of the project's that is one. */
  #isAround({ node, source }: Located): boolean {
    for (let above = source.parents.get(node); above !== undefined;) {
      const call = source.callsByNode.get(above)
      if (call !== undefined && asNode(above['callee']) !== node) {
        const kind = this.#kindOfCall(call)
        if (kind !== undefined) return true
      }
      above = source.parents.get(above)
    }
    return false
  }

  #kindOfCall(call: Call): 'around' | 'after' | undefined {
    const callee = asNode(call.node['callee'])
    return (callee && this.#mark.kindOf(callee, call.source)) ?? this.#kindOfHelper(call)
  }

  /** A function of the project's that holds a mark, and nothing that is asked about. */
  #kindOfHelper({ node, source }: Call): 'around' | 'after' | undefined {
    const callee = asNode(node['callee'])
    if (callee === undefined) return undefined
    const found = this.#project.resolve(callee, source)
    if (!functionTypes.has(found.node.type)) return undefined
    const inside = nodesInside(found)
    if (inside.some((each) => this.#mark.isSubject(each, found.source))) return undefined
    const kinds = inside.map((each) => this.#mark.kindOf(each, found.source))
    return kinds.includes('after') ? 'after' : kinds.find((kind) => kind !== undefined)
  }

  /** By something in the same function that does not stand around another call of this kind. */
  #isMarked(unit: Unit, at: Located): boolean {
    return nodesInside(unit).some((node) => {
      const kind = this.#mark.kindOf(node, unit.source)
      if (kind === 'after') return true
      if (kind === 'around') return !this.#isOfAnother(node, unit.source)
      const call = unit.source.callsByNode.get(node)
      return call !== undefined && node !== at.node && this.#kindOfHelper(call) === 'after'
    })
  }

  /** `withAttribution(payer, () => generateText(…))` says who pays for that call, and for no other. */
  #isOfAnother(callee: Node, source: Source): boolean {
    const call = source.parents.get(callee)
    if (call === undefined) return false
    return nodesIn(call['arguments']).some(
      (argument) =>
        functionTypes.has(unwrap(argument).type) &&
        nodesInside({ node: argument, source }).some((node) => this.#mark.isSubject(node, source)),
    )
  }

  /** Where a function is named, other than where it is made; undefined where that cannot be seen. */
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

/** The nodes of each file by where they begin: every call of a file asks for those of its function. */
const byStart = new WeakMap<Source, readonly Node[]>()

function nodesByStart(source: Source): readonly Node[] {
  const known = byStart.get(source)
  if (known !== undefined) return known
  const sorted = source.nodes.toSorted((one, other) => startOf(one) - startOf(other))
  byStart.set(source, sorted)
  return sorted
}

function startOf(node: Node): number {
  return node.start ?? 0
}

/** Exported for its test. */
export function nodesInside({ node, source }: Located): readonly Node[] {
  const [start, end] = [startOf(node), node.end ?? 0]
  const sorted = nodesByStart(source)
  let first = 0
  for (let last = sorted.length; first < last;) {
    const middle = (first + last) >> 1
    if (startOf(sorted[middle] ?? node) < start) first = middle + 1
    else last = middle
  }
  const inside: Node[] = []
  for (let index = first; index < sorted.length; index++) {
    const each = sorted[index]
    if (each === undefined || startOf(each) > end) break
    if ((each.end ?? 0) <= end) inside.push(each)
  }
  return inside
}

function unitOf({ node, source }: Located): Unit {
  let last = node
  for (let at: Node | undefined = node; at !== undefined; at = source.parents.get(at)) {
    if (at.type === 'Program') break
    // Of a constructor the class is looked at: its methods use what it makes.
    const isFunction = functionTypes.has(at.type) && at !== node && at['kind'] !== 'constructor'
    const names = isFunction ? namesOf(at, source) : []
    if (isFunction && (names.length > 0 || isHandler(at, source)))
      return { node: at, source, names, holders: holdersOf(at, source) }
    last = at
  }
  return { node: last, source, names: namesOfStatement(last), holders: [] }
}

function namesOf(node: Node, { parents }: Source): string[] {
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

/** Of `const features = { chat: () => … }`. */
function holdersOf(node: Node, { parents }: Source): string[] {
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

function isHandler(node: Node, { parents, callsByNode }: Source): boolean {
  const above = parents.get(node)
  const call = above === undefined ? undefined : callsByNode.get(above)
  return call !== undefined && asNode(above?.['callee']) !== node && handing.test(call.name ?? '')
}

/** Of `const answer = wrapped(() => …)` at the top of a file, and of a class. */
function namesOfStatement(statement: Node): string[] {
  const declaration = asNode(statement['declaration']) ?? statement
  const names = [declaration, ...nodesIn(declaration['declarations'])].flatMap(
    ({ id }) => textOf(asNode(id)) ?? [],
  )
  return statement.type === 'ExportDefaultDeclaration' ? [...names, 'default'] : names
}

/** Uses of a function by its name, or by that of a member that is called like it. */
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

function nameIn(node: Node): string | undefined {
  return textOf(asNode(node['id'])) ?? (node.type === 'Identifier' ? textOf(node) : undefined)
}

function containsNode(outer: Node, inner: Node): boolean {
  return (outer.start ?? 0) <= (inner.start ?? 0) && (outer.end ?? 0) >= (inner.end ?? 0)
}
