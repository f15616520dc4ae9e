import type { Call, Source } from './module.ts'
import { asNode, nodesIn, textOf, unwrap, type Node } from './syntax.ts'

/** What hands a stream to the reader, who may leave. */
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
/** Until AI SDK 4 these read on when the reader has left. */
const pipes = /^pipe\w+StreamToResponse$/
/** Whoever is given a stream by one of these reads no further than the reader of the response. */
const responding = /^(pipe|pipeTo|send|fromWeb|body|newResponse|Response|NextResponse)$/
/** Streams that code may read by itself. */
const streams = new Set([
  'consumeStream',
  'elementStream',
  'fullStream',
  'partialOutputStream',
  'stream',
  'textStream',
])
/** Asking for these reads the stream to its end, since AI SDK 5. */
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

/** What a file does with a stream: it may be handed to who listens, read by the code, or given to what is not seen. */
export type StreamUse = 'answer' | 'read' | 'handed on'

const memberTypes = new Set(['MemberExpression', 'OptionalMemberExpression'])
const functionTypes = new Set([
  'ArrowFunctionExpression',
  'ClassMethod',
  'FunctionDeclaration',
  'FunctionExpression',
  'ObjectMethod',
])
const transparent = new Set(['ConditionalExpression', 'LogicalExpression', 'SequenceExpression'])

/** What is done with the stream that a call returns, in its file. */
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

function leftOf(above: Node | undefined): Node | undefined {
  return above?.type === 'AssignmentExpression' ? asNode(above['left']) : undefined
}

/** The expression that has this value: around types and `await`, and what `run(() => value)` may return. */
function outermost(node: Node, source: Source): Node {
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

function returningFunction(statement: Node, { parents }: Source): Node | undefined {
  if (statement.type !== 'ReturnStatement') return undefined
  let above = parents.get(statement)
  while (above !== undefined && !functionTypes.has(above.type)) above = parents.get(above)
  return above
}

/** The nodes of the function that binds a name, or of the file. */
function nodesWhereKnown(name: Node, { nodes, parents }: Source): readonly Node[] {
  let scope = parents.get(name)
  const isBound = scope?.type === 'VariableDeclarator'
  while (scope !== undefined && !functionTypes.has(scope.type)) scope = parents.get(scope)
  if (scope === undefined || !isBound) return nodes
  const { start, end } = scope
  return nodes.filter((node) => (node.start ?? 0) >= (start ?? 0) && (node.end ?? 0) <= (end ?? 0))
}

/** Not a member or a key of that name. */
function isValue(node: Node, { parents }: Source): boolean {
  const above = parents.get(node)
  if (above === undefined || above['computed'] === true) return true
  return above['property'] !== node && (above['key'] !== node || above['shorthand'] === true)
}

function useOf(value: Node, source: Source, aiMajor: number): StreamUse[] {
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
  return isBinding(value, above) || above.type.startsWith('TS') ? [] : ['handed on']
}

/** `send(result.textStream)` is an answer, and a loop over `result.toUIMessageStream()` reads. */
function useOfReader(use: StreamUse, member: Node, { parents, callsByNode }: Source): StreamUse {
  let value = member
  for (let above = parents.get(value); above !== undefined; above = parents.get(value)) {
    if (above.type === 'ForOfStatement') return above['right'] === value ? 'read' : use
    const call = callsByNode.get(above)
    const isCallee = call !== undefined && asNode(above['callee']) === value
    if (call !== undefined && !isCallee) return responding.test(call.name ?? '') ? 'answer' : use
    // The call of a method, and what passes a stream through something.
    const isPassed =
      memberTypes.has(above.type) && textOf(asNode(above['property'])) === 'pipeThrough'
    if (!isCallee && !isPassed && unwrap(above) !== unwrap(value)) return use
    value = above
  }
  return use
}

function isBinding(value: Node, above: Node): boolean {
  return (
    above['id'] === value || above['left'] === value || nodesIn(above['params']).includes(value)
  )
}

function usesOfPattern(pattern: Node, aiMajor: number): StreamUse[] {
  return nodesIn(pattern['properties']).flatMap((property) =>
    property.type === 'RestElement'
      ? (['handed on'] as const)
      : usesOfMember(textOf(asNode(property['key'])), aiMajor),
  )
}

function usesOfMember(name: string | undefined, aiMajor: number): StreamUse[] {
  if (name === undefined) return ['handed on']
  if (answers.has(name)) return aiMajor < 5 && pipes.test(name) ? ['read'] : ['answer']
  return streams.has(name) || (aiMajor >= 5 && wholeAnswers.has(name)) ? ['read'] : []
}

/** Whether anything in a file is handed to who listens. */
export function answersWithStream({ calls }: Source): boolean {
  return calls.some(({ name }) => answers.has(name ?? ''))
}
