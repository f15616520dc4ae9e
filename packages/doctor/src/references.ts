import { asNode, nodesIn, textOf, type Node } from './syntax.ts'

const specifiers = new Set([
  'ImportSpecifier',
  'ImportDefaultSpecifier',
  'ImportNamespaceSpecifier',
])
/** A compiler takes types away: nothing runs by them. */
const types = new Set([
  'GenericTypeAnnotation',
  'QualifiedTypeIdentifier',
  'TSClassImplements',
  'TSExpressionWithTypeArguments',
  'TSInterfaceHeritage',
  'TSQualifiedName',
  'TSTypeQuery',
  'TSTypeReference',
  'TypeofTypeAnnotation',
])

type Parents = ReadonlyMap<Node, Node>

/** Names that stand for a value somewhere, and not only where they are imported or bound. */
export function usedNamesOf(nodes: readonly Node[], parents: Parents): ReadonlySet<string> {
  const names = nodes.filter((node) => isUse(node, parents)).map(({ name }) => name as string)
  return new Set(names)
}

function isUse(node: Node, parents: Parents): boolean {
  if (node.type !== 'Identifier' && node.type !== 'JSXIdentifier') return false
  const above = parents.get(node)
  if (above === undefined || isDeclared(node, above, parents)) return false
  const isMember = above['property'] === node || above['key'] === node
  return !isMember || above['computed'] === true
}

function isDeclared(node: Node, above: Node, parents: Parents): boolean {
  if (specifiers.has(above.type) || types.has(above.type)) return true
  if (above.type === 'VariableDeclarator') return above['id'] === node
  if (above.type === 'AssignmentPattern' && above['left'] === node) return true
  return isInPattern(above, parents)
}

/** `{ name }` of `const { name } = …`. */
function isInPattern(property: Node, parents: Parents): boolean {
  return property.type === 'ObjectProperty' && parents.get(property)?.type === 'ObjectPattern'
}

/** Whether an identifier says that what it names is used: an import, or a binding, that nobody uses says nothing. */
export function isMention(node: Node, parents: Parents, used: ReadonlySet<string>): boolean {
  const above = parents.get(node)
  if (above === undefined || node.type !== 'Identifier') return false
  if (specifiers.has(above.type)) return used.has(textOf(asNode(above['local'])) ?? '')
  if (isInPattern(above, parents)) return used.has(localOf(above) ?? '')
  return !isDeclared(node, above, parents)
}

function localOf(property: Node): string | undefined {
  const value = asNode(property['value'])
  return textOf(value?.type === 'AssignmentPattern' ? asNode(value['left']) : value)
}

/** Modules of which something is used, or that were loaded for what they do by themselves. */
export function usedModulesOf(
  nodes: readonly Node[],
  parents: Parents,
  { used, moduleOf }: { used: ReadonlySet<string>; moduleOf: (node: Node) => string | undefined },
): ReadonlySet<string> {
  const modules = new Set<string>()
  for (const node of nodes) {
    const module = moduleOf(node)
    if (module === undefined || node['importKind'] === 'type' || node['exportKind'] === 'type')
      continue
    const names = namesBoundBy(node, parents)
    if (names.length === 0 || names.some((name) => used.has(name))) modules.add(module)
  }
  return modules
}

function namesBoundBy(node: Node, parents: Parents): string[] {
  if (node.type === 'ImportDeclaration') {
    return nodesIn(node['specifiers']).map(({ local }) => textOf(asNode(local)) ?? '')
  }
  let above = parents.get(node)
  if (above?.type === 'AwaitExpression') above = parents.get(above)
  const bound = above?.type === 'VariableDeclarator' ? asNode(above['id']) : undefined
  if (bound?.type === 'Identifier') return [textOf(bound) ?? '']
  return bound?.type === 'ObjectPattern'
    ? nodesIn(bound['properties']).map((property) => localOf(property) ?? '')
    : []
}
