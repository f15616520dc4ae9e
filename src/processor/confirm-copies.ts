import { genAiOperation } from '../conventions/gen-ai.ts'
import { text, type SpanLike } from '../span/span.ts'

type Attributes = SpanLike['attributes']

/** Looks for what confirms or corrects a value that may be a copy: the span's name, and names beside it. */
export function confirmByName(
  { name, attributes }: SpanLike,
  doubtful: Set<string>,
  isCopied: ReadonlyMap<string, boolean>,
): void {
  const spanName = typeof name === 'string' ? name : ''
  confirmOperation(spanName, attributes, doubtful, isCopied)
  const space = spanName.indexOf(' ')
  const named = space === -1 ? undefined : text(spanName.slice(space + 1))
  const isNamed = space !== -1 && isGenAiName(spanName.slice(0, space))
  if (isNamed && named !== undefined) settle('gen_ai.request.model', named, attributes, doubtful)
  const id = attributes['ai.model.id']
  const requested = attributes['gen_ai.request.model']
  if (!doubtful.has('ai.model.id')) settle('gen_ai.request.model', id, attributes, doubtful)
  else if (!doubtful.has('gen_ai.request.model'))
    settle('ai.model.id', requested, attributes, doubtful)
  const provider = attributes['ai.model.provider']
  const system = attributes['gen_ai.system'] ?? attributes['gen_ai.provider.name']
  if (!doubtful.has('gen_ai.system') && !doubtful.has('gen_ai.provider.name')) {
    settle('ai.model.provider', system, attributes, doubtful)
  } else if (!doubtful.has('ai.model.provider') && text(provider) !== undefined) {
    settle('gen_ai.system', provider, attributes, doubtful)
    doubtful.delete('gen_ai.provider.name')
  }
}

/** What a span is by its name, which no header sets: `ai.streamText.doStream`, or `chat gpt-4o`. */
function confirmOperation(
  name: string,
  attributes: Attributes,
  doubtful: Set<string>,
  isCopied: ReadonlyMap<string, boolean>,
): void {
  if (doubtful.delete('ai.operationId')) {
    if (name.startsWith('ai.') && !name.includes(' ')) attributes['ai.operationId'] = name
    else delete attributes['ai.operationId']
  }
  if (!doubtful.has('gen_ai.operation.name')) return
  const space = name.indexOf(' ')
  const operation = space === -1 ? name : name.slice(0, space)
  if (isGenAiName(operation)) {
    settle('gen_ai.operation.name', operation, attributes, doubtful)
  } else if (attributes['ai.operationId'] !== undefined || !isGenAi(attributes, doubtful)) {
    doubtful.delete('gen_ai.operation.name')
    delete attributes['gen_ai.operation.name']
  } else if (isCopied.get('gen_ai.operation.name') === true) {
    // An instrumentation with names of its own: a call, as most of its spans are.
    attributes['gen_ai.operation.name'] = 'chat'
  }
}

function isGenAiName(operation: string): boolean {
  return genAiOperation(operation) !== undefined || groups.has(operation)
}

const groups = new Set(['invoke_agent', 'execute_tool', 'create_agent', 'agent_step', 'step'])

/** Whether an instrumentation of the GenAI conventions wrote more than what may be copies. */
function isGenAi(attributes: Attributes, doubtful: ReadonlySet<string>): boolean {
  for (const name in attributes) {
    if (name.startsWith('gen_ai.') && !doubtful.has(name)) return true
  }
  return false
}

function settle(name: string, value: unknown, attributes: Attributes, doubtful: Set<string>): void {
  if (text(value) === undefined || !doubtful.delete(name)) return
  attributes[name] = value
}
