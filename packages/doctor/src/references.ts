import { asNode, nodesIn, textOf, type SyntaxNode } from './syntax.ts'

const specifiers = new Set([
  'ImportSpecifier',
  'ImportDefaultSpecifier',
  'ImportNamespaceSpecifier',
])
/** Types, which a compiler removes. */
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

type Parents = ReadonlyMap<SyntaxNode, SyntaxNode>

/** Names that the code uses as a value, beyond their import or binding. */
export function usedNamesOf(nodes: readonly SyntaxNode[], parents: Parents): ReadonlySet<string> {
  const names = nodes.filter((node) => isUse(node, parents)).map(({ name }) => name as string)
  return new Set(names)
}

function isUse(node: SyntaxNode, parents: Parents): boolean {
  if (node.type !== 'Identifier' && node.type !== 'JSXIdentifier') return false
  const above = parents.get(node)
  if (above === undefined || isDeclared(node, above, parents)) return false
  const isMember = above['property'] === node || above['key'] === node
  return !isMember || above['computed'] === true
}

function isDeclared(node: SyntaxNode, above: SyntaxNode, parents: Parents): boolean {
  if (specifiers.has(above.type) || types.has(above.type)) return true
  if (above.type === 'VariableDeclarator') return above['id'] === node
  if (above.type === 'AssignmentPattern' && above['left'] === node) return true
  return isInPattern(above, parents)
}

/** Whether a property is part of a pattern: `{ name }` of `const { name } = …`. */
function isInPattern(property: SyntaxNode, parents: Parents): boolean {
  return property.type === 'ObjectProperty' && parents.get(property)?.type === 'ObjectPattern'
}

/** Whether an identifier proves that what it names is used. An unused import or binding does not. */
export function isMention(node: SyntaxNode, parents: Parents, used: ReadonlySet<string>): boolean {
  const above = parents.get(node)
  if (above === undefined || node.type !== 'Identifier') return false
  if (specifiers.has(above.type)) return used.has(textOf(asNode(above['local'])) ?? '')
  if (isInPattern(above, parents)) return used.has(localOf(above) ?? '')
  return !isDeclared(node, above, parents)
}

function localOf(property: SyntaxNode): string | undefined {
  const value = asNode(property['value'])
  return textOf(value?.type === 'AssignmentPattern' ? asNode(value['left']) : value)
}

/** Modules from which a name is used, or that are loaded for their side effects. */
export function usedModulesOf(
  nodes: readonly SyntaxNode[],
  parents: Parents,
  {
    used,
    moduleOf,
  }: { used: ReadonlySet<string>; moduleOf: (node: SyntaxNode) => string | undefined },
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

function namesBoundBy(node: SyntaxNode, parents: Parents): string[] {
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
