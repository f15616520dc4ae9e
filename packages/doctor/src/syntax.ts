import { parse } from '@babel/parser'

/** A node of Babel's syntax tree. All fields but its type and its position are read by name. */
export interface SyntaxNode {
  readonly type: string
  readonly start?: number | null
  readonly end?: number | null
  readonly loc?: { readonly start: { readonly line: number } } | null
  readonly [field: string]: unknown
}

type Plugins = NonNullable<NonNullable<Parameters<typeof parse>[1]>['plugins']>

/**
 * The syntax tree of a file, even if it has a mistake from which the parser recovers.
 *
 * @throws SyntaxError if the text cannot be parsed, RangeError if it is nested too deeply.
 */
export function parseSource(text: string, path: string): SyntaxNode {
  const { program } = parse(text, {
    sourceType: 'unambiguous',
    errorRecovery: true,
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: true,
    allowUndeclaredExports: true,
    createImportExpressions: true,
    plugins: pluginsFor(path),
  })
  return program as unknown as SyntaxNode
}

function pluginsFor(path: string): Plugins {
  const shared: Plugins = ['decorators-legacy', 'explicitResourceManagement']
  if (/\.[mc]?ts$/.test(path)) return ['typescript', ...shared]
  if (path.endsWith('.tsx')) return ['typescript', 'jsx', ...shared]
  return ['jsx', 'flow', ...shared]
}

export class TooManyNodes extends Error {}

/**
 * A node and every node below it, in the order of the text, and the parent of each.
 *
 * @throws TooManyNodes if there are more nodes than `most`.
 */
export function nodesOf(
  root: SyntaxNode,
  most = Infinity,
): { nodes: SyntaxNode[]; parents: Map<SyntaxNode, SyntaxNode> } {
  const nodes: SyntaxNode[] = []
  const parents = new Map<SyntaxNode, SyntaxNode>()
  const waiting: SyntaxNode[] = [root]
  // Without recursion: minified code is nested more deeply than the stack allows.
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (nodes.length >= most) throw new TooManyNodes(`more than ${most} nodes`)
    nodes.push(node)
    const children = childrenOf(node)
    for (const child of children.toReversed()) {
      parents.set(child, node)
      waiting.push(child)
    }
  }
  return { nodes, parents }
}

/**
 * Removes comments, and everything but the line from each position. They take half of the memory of a tree, and no check
 * uses them.
 */
export function stripPositions(nodes: readonly SyntaxNode[]): void {
  const lines = new Map<number, NonNullable<SyntaxNode['loc']>>()
  for (const node of nodes as readonly { loc?: SyntaxNode['loc']; [field: string]: unknown }[]) {
    for (const field of ['leadingComments', 'innerComments', 'trailingComments']) {
      if (field in node) node[field] = undefined
    }
    const line = node.loc?.start.line
    if (line === undefined) continue
    const known = lines.get(line) ?? { start: { line } }
    lines.set(line, known)
    node.loc = known
  }
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (const [field, value] of Object.entries(node)) {
    if (field === 'loc' || field === 'extra' || field.endsWith('Comments')) continue
    for (const part of Array.isArray(value) ? (value as unknown[]) : [value]) {
      const child = asNode(part)
      if (child !== undefined) children.push(child)
    }
  }
  return children
}

export function asNode(value: unknown): SyntaxNode | undefined {
  return typeof value === 'object' && value !== null && 'type' in value
    ? (value as SyntaxNode)
    : undefined
}

export function nodesIn(value: unknown): SyntaxNode[] {
  return Array.isArray(value) ? value.map(asNode).filter((node) => node !== undefined) : []
}

export function lineOf(node: SyntaxNode): number | undefined {
  return node.loc?.start.line
}

const wrappers = new Set([
  'AwaitExpression',
  'ParenthesizedExpression',
  'TSAsExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'TSTypeAssertion',
  'TypeCastExpression',
])

/** An expression without the types, parentheses and `await` around it. */
export function unwrap(node: SyntaxNode): SyntaxNode {
  let inner = node
  while (wrappers.has(inner.type)) {
    const next = asNode(inner['expression'] ?? inner['argument'])
    if (next === undefined) break
    inner = next
  }
  return inner
}

/** The text of an identifier, or of a literal that is used as a name. */
export function textOf(node: SyntaxNode | undefined): string | undefined {
  if (node === undefined) return undefined
  if (node.type === 'Identifier') return node['name'] as string
  if (node.type === 'StringLiteral') return node['value'] as string
  const quasis = node.type === 'TemplateLiteral' ? nodesIn(node['quasis']) : []
  if (quasis.length !== 1) return undefined
  return (quasis[0]?.['value'] as { cooked?: string } | undefined)?.cooked
}

/** The text of a string literal. */
export function stringOf(node: SyntaxNode | undefined): string | undefined {
  return node?.type === 'Identifier' ? undefined : textOf(node)
}

export function numberOf(node: SyntaxNode | undefined): number | undefined {
  return node?.type === 'NumericLiteral' ? (node['value'] as number) : undefined
}

export function booleanOf(node: SyntaxNode | undefined): boolean | undefined {
  return node?.type === 'BooleanLiteral' ? (node['value'] as boolean) : undefined
}

/** The value of a property of an object literal. */
export function propertyOf(object: SyntaxNode | undefined, name: string): SyntaxNode | undefined {
  if (object?.type !== 'ObjectExpression') return undefined
  const found = nodesIn(object['properties']).find(
    (property) => nameOfProperty(property) === name && property.type !== 'SpreadElement',
  )
  if (found === undefined) return undefined
  return found.type === 'ObjectProperty' ? asNode(found['value']) : found
}

export function nameOfProperty(property: SyntaxNode): string | undefined {
  if (property['computed'] === true) return stringOf(asNode(property['key']))
  return textOf(asNode(property['key']))
}

/** Whether an object is a literal without spread, so that all of its properties are visible. */
export function isWrittenOut(object: SyntaxNode): boolean {
  if (object.type !== 'ObjectExpression') return false
  return nodesIn(object['properties']).every(
    (property) => property.type !== 'SpreadElement' && nameOfProperty(property) !== undefined,
  )
}

/** Every name that a pattern binds, such as the parameters of a function. */
export function boundNames(pattern: SyntaxNode | undefined): string[] {
  if (pattern === undefined) return []
  switch (pattern.type) {
    case 'Identifier':
      return [pattern['name'] as string]
    case 'ObjectPattern':
      return nodesIn(pattern['properties']).flatMap((property) =>
        boundNames(asNode(property['value'] ?? property['argument'])),
      )
    case 'ArrayPattern':
      return nodesIn(pattern['elements']).flatMap(boundNames)
    case 'AssignmentPattern':
      return boundNames(asNode(pattern['left']))
    case 'RestElement':
      return boundNames(asNode(pattern['argument']))
    case 'TSParameterProperty':
      return boundNames(asNode(pattern['parameter']))
    default:
      return []
  }
}
