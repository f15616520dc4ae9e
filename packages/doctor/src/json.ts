import { parseExpression } from '@babel/parser'
import { asNode, nameOfProperty, nodesIn, type SyntaxNode } from './syntax.ts'

/** A JSON object from outside: nothing is known about its contents. */
export interface JsonObject {
  readonly [name: string]: unknown
}

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined
}

/** The object that a JSON text contains, or undefined. */
export function readJson(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** The same for JSON with comments and trailing commas, such as `tsconfig.json`. */
export function readJsonWithComments(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined
  try {
    return asObject(valueOf(parseExpression(text) as unknown as SyntaxNode))
  } catch {
    return undefined
  }
}

function valueOf(node: SyntaxNode): unknown {
  if (node.type === 'ArrayExpression') return nodesIn(node['elements']).map(valueOf)
  if (node.type !== 'ObjectExpression') return node['value']
  const object = Object.create(null) as { [name: string]: unknown }
  for (const property of nodesIn(node['properties'])) {
    const [name, value] = [nameOfProperty(property), asNode(property['value'])]
    if (name !== undefined && value !== undefined) object[name] = valueOf(value)
  }
  return object
}
