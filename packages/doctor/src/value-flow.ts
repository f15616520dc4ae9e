import { packageOf } from './packages.ts'
import { enclosingCalls, callsOf, type Located, type Project } from './project.ts'
import { importedAs, pathOf, type Call, type Source } from './module.ts'
import { asNode, textOf, unwrap, type SyntaxNode } from './syntax.ts'

/** A member expression, such as `ledger.close`, called or passed on. */
export interface Member {
  readonly node: SyntaxNode
  readonly object: SyntaxNode
  readonly source: Source
}

const memberTypes = new Set(['MemberExpression', 'OptionalMemberExpression'])

export function membersNamed({ sources }: Project, name: string): readonly Member[] {
  return sources.flatMap((source) =>
    source.nodes.flatMap((node) => {
      const object = memberTypes.has(node.type) ? asNode(node['object']) : undefined
      const property = asNode(node['property'])
      const isComputed = node['computed'] === true && property?.type === 'Identifier'
      if (object === undefined || isComputed || textOf(property) !== name) return []
      return [{ node, object, source }]
    }),
  )
}

/** Whether code destructures this name: `const { record } = …`. */
export function isTakenOut({ sources }: Project, name: string): boolean {
  return sources.some(({ nodes, parents }) =>
    nodes.some(
      (node) =>
        node.type === 'ObjectProperty' &&
        textOf(asNode(node['key'])) === name &&
        parents.get(node)?.type === 'ObjectPattern',
    ),
  )
}

/** Whether an expression has the value that a call returned. `perhaps`: it is a parameter, or the result of a function. */
export function isValueOf(
  { object, source }: Omit<Member, 'node'>,
  value: Call,
  project: Project,
): 'yes' | 'perhaps' | 'no' {
  const found = project.resolve(object, source)
  if (found.node === value.node) return 'yes'
  const last = pathOf(found.node)?.at(-1) ?? textOf(asNode(found.node['property']))
  if (last !== undefined && namesOf(value).has(last)) return 'yes'
  return comesFromPackage(found, project) ? 'no' : 'perhaps'
}

/** Whether a package made the value: `meter.createHistogram()`, where `meter` is from `@opentelemetry/api`. */
function comesFromPackage(from: Located, project: Project): boolean {
  let at = from
  // Bounded, since names may refer to each other in a circle.
  for (let steps = 0; steps < 10; steps++) {
    const { node, source } = at
    if (node.type === 'NewExpression') return true
    const inner = asNode(node['callee'] ?? node['object'])
    if (inner === undefined) return isOfPackage(importedAs(node, source)?.module, project)
    at = project.resolve(inner, source)
  }
  return false
}

/** Whether a module belongs to a declared dependency. An alias of the project may look like a package. */
function isOfPackage(module: string | undefined, { packages }: Project): boolean {
  if (module === undefined) return false
  return module.startsWith('node:') || packages.declared.has(packageOf(module))
}

/** The parent of an expression, without types, parentheses and `await`. */
function aboveWrappers(node: SyntaxNode, { parents }: Source): SyntaxNode | undefined {
  let above = parents.get(node)
  while (above !== undefined && unwrap(above) === node) above = parents.get(above)
  return above
}

/** The names of the variable, field or property that keeps the value of a call. */
function namesOf({ node, source }: Call): ReadonlySet<string> {
  let above = aboveWrappers(node, source)
  while (above !== undefined && isFallback(above)) above = source.parents.get(above)
  const holder = asNode(above?.['id'] ?? above?.['left'] ?? above?.['key'])
  const name = holder && (pathOf(holder)?.at(-1) ?? textOf(asNode(holder['property'])))
  return new Set(name === undefined ? [] : [name])
}

/** `kept ??= open()` is an assignment, `kept ?? open()` is not. */
function isFallback({ type }: SyntaxNode): boolean {
  return type === 'LogicalExpression' || type === 'ConditionalExpression'
}

const keeping = new Set([
  'AssignmentExpression',
  'ClassPrivateProperty',
  'ClassProperty',
  'ExportDefaultDeclaration',
  'ExportSpecifier',
  'ExpressionStatement',
  'ImportSpecifier',
  'ImportDefaultSpecifier',
  'VariableDeclarator',
])

/** The places where code passes a value on: as an argument, in a list, or as a return value. */
export function placesPassedOn(value: Call, project: Project): readonly Member[] {
  return project.sources.flatMap((source) =>
    source.nodes.flatMap((node) => {
      const above = aboveWrappers(node, source)
      if (above === undefined || keeping.has(above.type)) return []
      if (memberTypes.has(above.type) || above['key'] === node) return []
      const isIt = node === value.node || isNameOf(node, source, value, project)
      return isIt ? [{ node: above, object: node, source }] : []
    }),
  )
}

function isNameOf(node: SyntaxNode, source: Source, value: Call, project: Project): boolean {
  return node.type === 'Identifier' && project.resolve(node, source).node === value.node
}

/** Whether code passes the value to something whose behaviour is not visible. `flush` of costspan only flushes it. */
export function isPassedOn(value: Call, project: Project): boolean {
  const flushes = new Set(callsOf(project, /^costspan\/serverless$/, 'flush'))
  return placesPassedOn(value, project).some(({ object: node, source }) =>
    enclosingCalls({ node, source }).every((around) => !flushes.has(around)),
  )
}
