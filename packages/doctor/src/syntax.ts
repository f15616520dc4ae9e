import { parse } from '@babel/parser'

/** A node of a syntax tree, as Babel makes it; all but its type is asked for by name. */
export interface Node {
  readonly type: string
  readonly start?: number | null
  readonly end?: number | null
  readonly loc?: { readonly start: { readonly line: number } } | null
  readonly [field: string]: unknown
}

type Plugins = NonNullable<NonNullable<Parameters<typeof parse>[1]>['plugins']>

/**
 * The syntax tree of a file, also where it has a mistake that can be read over.
 *
 * @throws SyntaxError if it cannot be read, RangeError if it is nested too deeply.
 */
export function parseSource(text: string, path: string): Node {
  const { program } = parse(text, {
    sourceType: 'unambiguous',
    errorRecovery: true,
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: true,
    allowUndeclaredExports: true,
    createImportExpressions: true,
    plugins: pluginsFor(path),
  })
  return program as unknown as Node
}

function pluginsFor(path: string): Plugins {
  const shared: Plugins = ['decorators-legacy', 'explicitResourceManagement']
  if (/\.[mc]?ts$/.test(path)) return ['typescript', ...shared]
  if (path.endsWith('.tsx')) return ['typescript', 'jsx', ...shared]
  return ['jsx', 'flow', ...shared]
}

export class TooManyNodes extends Error {}

/**
 * Every node below one, that one included, in the order of the text; and the one above each.
 *
 * @throws TooManyNodes if there are more nodes than `most`.
 */
export function nodesOf(root: Node, most = Infinity): { nodes: Node[]; parents: Map<Node, Node> } {
  const nodes: Node[] = []
  const parents = new Map<Node, Node>()
  const waiting: Node[] = [root]
  // Without recursion: minified code is nested more deeply than the stack is.
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
 * Keeps of every position nothing but the line, and no comments: half of the memory that a tree takes. The checks use
 * neither.
 */
export function stripPositions(nodes: readonly Node[]): void {
  const lines = new Map<number, NonNullable<Node['loc']>>()
  for (const node of nodes as readonly { loc?: Node['loc']; [field: string]: unknown }[]) {
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

function childrenOf(node: Node): Node[] {
  const children: Node[] = []
  for (const [field, value] of Object.entries(node)) {
    if (field === 'loc' || field === 'extra' || field.endsWith('Comments')) continue
    for (const part of Array.isArray(value) ? (value as unknown[]) : [value]) {
      const child = asNode(part)
      if (child !== undefined) children.push(child)
    }
  }
  return children
}

export function asNode(value: unknown): Node | undefined {
  return typeof value === 'object' && value !== null && 'type' in value
    ? (value as Node)
    : undefined
}

export function nodesIn(value: unknown): Node[] {
  return Array.isArray(value) ? value.map(asNode).filter((node) => node !== undefined) : []
}

export function lineOf(node: Node): number | undefined {
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

/** The expression itself, without types, brackets and `await` around it. */
export function unwrap(node: Node): Node {
  let inner = node
  while (wrappers.has(inner.type)) {
    const next = asNode(inner['expression'] ?? inner['argument'])
    if (next === undefined) break
    inner = next
  }
  return inner
}

/** The text of an identifier, or of a literal that stands for a name. */
export function textOf(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined
  if (node.type === 'Identifier') return node['name'] as string
  if (node.type === 'StringLiteral') return node['value'] as string
  const quasis = node.type === 'TemplateLiteral' ? nodesIn(node['quasis']) : []
  if (quasis.length !== 1) return undefined
  return (quasis[0]?.['value'] as { cooked?: string } | undefined)?.cooked
}

/** The text of a literal only. */
export function stringOf(node: Node | undefined): string | undefined {
  return node?.type === 'Identifier' ? undefined : textOf(node)
}

export function numberOf(node: Node | undefined): number | undefined {
  return node?.type === 'NumericLiteral' ? (node['value'] as number) : undefined
}

export function booleanOf(node: Node | undefined): boolean | undefined {
  return node?.type === 'BooleanLiteral' ? (node['value'] as boolean) : undefined
}

/** The value of a property, if it is an object that is written out. */
export function propertyOf(object: Node | undefined, name: string): Node | undefined {
  if (object?.type !== 'ObjectExpression') return undefined
  const found = nodesIn(object['properties']).find(
    (property) => nameOfProperty(property) === name && property.type !== 'SpreadElement',
  )
  if (found === undefined) return undefined
  return found.type === 'ObjectProperty' ? asNode(found['value']) : found
}

export function nameOfProperty(property: Node): string | undefined {
  if (property['computed'] === true) return stringOf(asNode(property['key']))
  return textOf(asNode(property['key']))
}

/** Whether all that an object holds is written there. */
export function isWrittenOut(object: Node): boolean {
  if (object.type !== 'ObjectExpression') return false
  return nodesIn(object['properties']).every(
    (property) => property.type !== 'SpreadElement' && nameOfProperty(property) !== undefined,
  )
}

/** Every name that a pattern binds, such as the parameters of a function. */
export function boundNames(pattern: Node | undefined): string[] {
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
