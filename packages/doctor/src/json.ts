import { parseExpression } from '@babel/parser'
import { asNode, nameOfProperty, nodesIn, type Node } from './syntax.ts'

/** A JSON object from outside: nothing is known about its contents. */
export interface JsonObject {
  readonly [name: string]: unknown
}

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined
}

/** An object of JSON, if the text is one. */
export function readJson(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** The same with comments and commas at ends, as in `tsconfig.json`. */
export function readJsonWithComments(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined
  try {
    return asObject(valueOf(parseExpression(text) as unknown as Node))
  } catch {
    return undefined
  }
}

function valueOf(node: Node): unknown {
  if (node.type === 'ArrayExpression') return nodesIn(node['elements']).map(valueOf)
  if (node.type !== 'ObjectExpression') return node['value']
  const object = Object.create(null) as { [name: string]: unknown }
  for (const property of nodesIn(node['properties'])) {
    const [name, value] = [nameOfProperty(property), asNode(property['value'])]
    if (name !== undefined && value !== undefined) object[name] = valueOf(value)
  }
  return object
}
