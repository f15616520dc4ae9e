import { packageOf } from './packages.ts'
import type { Located, Project } from './project.ts'
import { pathOf, type Call, type Source } from './module.ts'
import { asNode, textOf, unwrap, type SyntaxNode } from './syntax.ts'

const memberTypes = new Set(['MemberExpression', 'OptionalMemberExpression'])

/**
 * Whether code may set one of these properties on an object after its literal: by an assignment, by `Object.assign`, or
 * in a function of the project that receives the object.
 */
export function maySet(object: Located, project: Project, ...names: readonly string[]): boolean {
  return (
    project.sources.some((source) => source.nodes.some((node) => sets(node, source))) ||
    isPassedToOwnFunction(object, project)
  )

  function sets(node: SyntaxNode, source: Source): boolean {
    const left = node.type === 'AssignmentExpression' ? asNode(node['left']) : undefined
    if (left === undefined) return false
    if (left.type === 'Identifier') return isNameOf(left, source, object)
    const { root, members } = chainOf(left)
    if (!members.some((name) => name === undefined || names.includes(name))) return false
    return root !== undefined && project.resolve(root, source).node === object.node
  }
}

/** Whether an assignment replaces the variable that holds the object. */
function isNameOf(name: SyntaxNode, source: Source, { node, source: from }: Located): boolean {
  const above = from.parents.get(node)
  return (
    source === from &&
    above?.type === 'VariableDeclarator' &&
    textOf(asNode(above['id'])) === textOf(name)
  )
}

/** The root of `a.b['c']` and its members. A computed member is undefined. */
function chainOf(expression: SyntaxNode): {
  root: SyntaxNode | undefined
  members: (string | undefined)[]
} {
  const members: (string | undefined)[] = []
  let node: SyntaxNode | undefined = unwrap(expression)
  while (node !== undefined && memberTypes.has(node.type)) {
    const property = asNode(node['property'])
    const isComputed = node['computed'] === true && property?.type === 'Identifier'
    members.unshift(isComputed ? undefined : textOf(property))
    const object = asNode(node['object'])
    node = object && unwrap(object)
  }
  return { root: node, members }
}

/** Whether `Object.assign` or a function of the project receives the value: either may change it. Packages do not. */
function isPassedToOwnFunction(value: Located, project: Project): boolean {
  return project.calls.some((call) => {
    if (
      isOfPackage(call, project) ||
      pathOf(asNode(call.node['callee']) ?? value.node)?.[0] === 'console'
    ) {
      return false
    }
    return call.arguments.some(
      (argument) =>
        unwrap(argument).type === 'Identifier' &&
        project.resolve(argument, call.source).node === value.node,
    )
  })
}

function isOfPackage({ of }: Call, { packages }: Project): boolean {
  return of !== undefined && packages.declared.has(packageOf(of.module))
}

const inPlace = new Set(['copyWithin', 'fill', 'reverse', 'shift', 'sort', 'splice', 'unshift'])

/**
 * The values that code pushes onto a list after its literal, by the name of the list or of the object that holds it.
 * Undefined if the list may contain anything by then.
 */
export function pushedTo(
  list: Located,
  { object: holder, property }: { object: Located; property: string },
  project: Project,
): readonly Located[] | undefined {
  if (maySet(list, project, 'length')) return undefined
  const changing = project.calls.filter(({ node, source }) => {
    const object = asNode(asNode(node['callee'])?.['object'])
    if (object === undefined) return false
    const { root, members } = chainOf(object)
    const found = root && project.resolve(root, source).node
    if (members.length === 0) return found === list.node
    return found === holder.node && [property, undefined].includes(members.at(-1))
  })
  if (changing.some(({ name }) => inPlace.has(name ?? ''))) return undefined
  return changing
    .filter(({ name }) => name === 'push')
    .flatMap(({ arguments: given, source }) => given.map((node) => ({ node, source })))
}
