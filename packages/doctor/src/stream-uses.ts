import type { Call, Source } from './module.ts'
import { asNode, nodesIn, textOf, unwrap, type SyntaxNode } from './syntax.ts'

/** Methods that send a stream to the client, which may disconnect. */
const answers = new Set([
  'toUIMessageStreamResponse',
  'toDataStreamResponse',
  'toTextStreamResponse',
  'toAIStreamResponse',
  'toUIMessageStream',
  'pipeUIMessageStreamToResponse',
  'pipeDataStreamToResponse',
  'pipeTextStreamToResponse',
])
/** Until AI SDK 4 these kept reading after the client had disconnected. */
const pipes = /^pipe\w+StreamToResponse$/
/** Functions that read a stream no further than the client of the response does. */
const responding = /^(pipe|pipeTo|send|fromWeb|body|newResponse|Response|NextResponse)$/
/** Streams of a result that code may read itself. */
const streams = new Set([
  'consumeStream',
  'elementStream',
  'fullStream',
  'partialOutputStream',
  'stream',
  'textStream',
])
/** Since AI SDK 5 access to these reads the stream to its end. */
const wholeAnswers = new Set([
  'content',
  'dynamicToolCalls',
  'dynamicToolResults',
  'experimental_output',
  'files',
  'finalStep',
  'finishReason',
  'output',
  'providerMetadata',
  'rawFinishReason',
  'reasoning',
  'reasoningText',
  'request',
  'response',
  'responseMessages',
  'sources',
  'staticToolCalls',
  'staticToolResults',
  'steps',
  'text',
  'toolCalls',
  'toolResults',
  'totalUsage',
  'usage',
  'warnings',
])

/** What a file does with a stream: it answers a request with it, reads it, or passes it to code that is not visible. */
export type StreamUse = 'answer' | 'read' | 'passed on'

const memberTypes = new Set(['MemberExpression', 'OptionalMemberExpression'])
const functionTypes = new Set([
  'ArrowFunctionExpression',
  'ClassMethod',
  'FunctionDeclaration',
  'FunctionExpression',
  'ObjectMethod',
])
const transparent = new Set(['ConditionalExpression', 'LogicalExpression', 'SequenceExpression'])

/** What the file of a call does with the stream that the call returns. */
export function usesOfStream({ node, source }: Call, aiMajor: number): ReadonlySet<StreamUse> {
  const value = outermost(node, source)
  const above = source.parents.get(value)
  const holder = above?.type === 'VariableDeclarator' ? asNode(above['id']) : leftOf(above)
  if (holder?.type === 'ObjectPattern') return new Set(usesOfPattern(holder, aiMajor))
  if (holder?.type !== 'Identifier') return new Set([useOf(value, source, aiMajor)].flat())
  const name = textOf(holder)
  const uses = nodesWhereKnown(holder, source)
    .filter((each) => each !== holder && each.type === 'Identifier' && textOf(each) === name)
    .filter((each) => isValue(each, source))
    .flatMap((each) => useOf(outermost(each, source), source, aiMajor))
  return new Set(uses)
}

function leftOf(above: SyntaxNode | undefined): SyntaxNode | undefined {
  return above?.type === 'AssignmentExpression' ? asNode(above['left']) : undefined
}

/** The outermost expression with this value: around types and `await`, and `run(() => value)`, which may return it. */
function outermost(node: SyntaxNode, source: Source): SyntaxNode {
  const { parents } = source
  let value = node
  for (let above = parents.get(value); above !== undefined; above = parents.get(value)) {
    const isArrowBody = above.type === 'ArrowFunctionExpression' && above['body'] === value
    const inside = isArrowBody ? above : returningFunction(above, source)
    const around = inside === undefined ? undefined : parents.get(inside)
    if (unwrap(above) === unwrap(value) || transparent.has(above.type)) value = above
    else if (around !== undefined && source.callsByNode.get(around)?.isNew === false) value = around
    else break
  }
  return value
}

function returningFunction(statement: SyntaxNode, { parents }: Source): SyntaxNode | undefined {
  if (statement.type !== 'ReturnStatement') return undefined
  let above = parents.get(statement)
  while (above !== undefined && !functionTypes.has(above.type)) above = parents.get(above)
  return above
}

/** The nodes of the function that declares a name, or of the file. */
function nodesWhereKnown(name: SyntaxNode, { nodes, parents }: Source): readonly SyntaxNode[] {
  let scope = parents.get(name)
  const isBound = scope?.type === 'VariableDeclarator'
  while (scope !== undefined && !functionTypes.has(scope.type)) scope = parents.get(scope)
  if (scope === undefined || !isBound) return nodes
  const { start, end } = scope
  return nodes.filter((node) => (node.start ?? 0) >= (start ?? 0) && (node.end ?? 0) <= (end ?? 0))
}

/** Whether an identifier is a value, not a member or a key of that name. */
function isValue(node: SyntaxNode, { parents }: Source): boolean {
  const above = parents.get(node)
  if (above === undefined || above['computed'] === true) return true
  return above['property'] !== node && (above['key'] !== node || above['shorthand'] === true)
}

function useOf(value: SyntaxNode, source: Source, aiMajor: number): StreamUse[] {
  const { parents } = source
  const above = parents.get(value)
  if (above === undefined || above.type === 'ExpressionStatement') return []
  if (memberTypes.has(above.type) && above['object'] === value) {
    const name = textOf(asNode(above['property']))
    const uses = usesOfMember(name, aiMajor)
    const isStream = streams.has(name ?? '') || name === 'toUIMessageStream'
    return isStream ? uses.map((use) => useOfReader(use, above, source)) : uses
  }
  const pattern = above.type === 'VariableDeclarator' ? asNode(above['id']) : undefined
  if (pattern?.type === 'ObjectPattern') return usesOfPattern(pattern, aiMajor)
  return isBinding(value, above) || above.type.startsWith('TS') ? [] : ['passed on']
}

/** `send(result.textStream)` is an answer, and a loop over `result.toUIMessageStream()` reads. */
function useOfReader(
  use: StreamUse,
  member: SyntaxNode,
  { parents, callsByNode }: Source,
): StreamUse {
  let value = member
  for (let above = parents.get(value); above !== undefined; above = parents.get(value)) {
    if (above.type === 'ForOfStatement') return above['right'] === value ? 'read' : use
    const call = callsByNode.get(above)
    const isCallee = call !== undefined && asNode(above['callee']) === value
    if (call !== undefined && !isCallee) return responding.test(call.name ?? '') ? 'answer' : use
    // The call of a method, or a transformation of the stream.
    const isPassed =
      memberTypes.has(above.type) && textOf(asNode(above['property'])) === 'pipeThrough'
    if (!isCallee && !isPassed && unwrap(above) !== unwrap(value)) return use
    value = above
  }
  return use
}

function isBinding(value: SyntaxNode, above: SyntaxNode): boolean {
  return (
    above['id'] === value || above['left'] === value || nodesIn(above['params']).includes(value)
  )
}

function usesOfPattern(pattern: SyntaxNode, aiMajor: number): StreamUse[] {
  return nodesIn(pattern['properties']).flatMap((property) =>
    property.type === 'RestElement'
      ? (['passed on'] as const)
      : usesOfMember(textOf(asNode(property['key'])), aiMajor),
  )
}

function usesOfMember(name: string | undefined, aiMajor: number): StreamUse[] {
  if (name === undefined) return ['passed on']
  if (answers.has(name)) return aiMajor < 5 && pipes.test(name) ? ['read'] : ['answer']
  return streams.has(name) || (aiMajor >= 5 && wholeAnswers.has(name)) ? ['read'] : []
}

/** Whether a file answers a request with a stream. */
export function answersWithStream({ calls }: Source): boolean {
  return calls.some(({ name }) => answers.has(name ?? ''))
}
