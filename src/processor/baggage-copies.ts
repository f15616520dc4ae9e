import type { IncomingBaggage } from '../attribution/baggage.ts'
import { genAiOperation } from '../call/gen-ai.ts'
import { text, valueLimitOf, type SpanAttributes, type SpanLike } from '../span/span.ts'
import { lateRole } from './described-late.ts'

/*
 * Processors exist that copy a request's baggage onto every span, under any name that the sender chose. No copy is
 * read as a call or a price. What stands on a span before this processor sees it may be a copy or the
 * instrumentation's own word; what a copying processor behind this one adds is told by what was there before.
 */

/** The names that a call or its price is read from; payers and `cost.*` have rules of their own. */
const readName =
  /^(?:ai|gen_ai|llm|openinference|embedding|openai|anthropic|output|sentry|error|exception|http\.response)\./

/** Those of them that instrumentations write while a span starts. All others come with the answer. */
const startNames: ReadonlySet<string> = new Set<keyof SpanAttributes>([
  'ai.operationId',
  'ai.model.id',
  'ai.model.provider',
  'ai.telemetry.functionId',
  'ai.request.headers.user-agent',
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.system',
  'gen_ai.request.model',
  'gen_ai.agent.name',
  'gen_ai.tool.definitions',
  'llm.provider',
  'llm.system',
  'llm.model_name',
  'llm.invocation_parameters',
  'embedding.model_name',
])

/** What is known of the entries of such names on one span. */
export interface BaggageCopies {
  readonly attributes: SpanLike['attributes']
  readonly isLate: boolean
  /** Entry and own value under each name that was not a copy when the span started. */
  readonly added: Map<string, { readonly entry: string; readonly own: unknown }>
  /** The names whose value may be a copy, and which nothing else on the span confirms. */
  readonly doubtful: Set<string>
  isSwept: boolean
}

type Attributes = SpanLike['attributes']

/** What OpenInference's tracer writes onto a span that has just started. */
const describedLate: ReadonlySet<string> = new Set([
  'openinference.span.kind',
  'llm.provider',
  'llm.system',
  'llm.model_name',
  'llm.invocation_parameters',
  'embedding.model_name',
])

export class BaggageGuard {
  /** The start names whose entry was once absent when a span started: no processor before this one copies them. */
  readonly #neverBefore = new Set<string>()

  /** Looks at a span that starts. Takes off what is a copy for certain, and restores what the span's name tells. */
  start(span: SpanLike, scope: string, baggage: IncomingBaggage): BaggageCopies | undefined {
    const { attributes } = span
    let copies: BaggageCopies | undefined
    for (const [name, whole] of baggage) {
      if (!readName.test(name)) continue
      const entry = whole.slice(0, valueLimitOf(span) || undefined)
      copies ??= {
        attributes,
        isLate: lateRole(scope) !== undefined,
        added: new Map(),
        doubtful: new Set(),
        isSwept: false,
      }
      const own = attributes[name]
      if (own !== entry) {
        copies.added.set(name, { entry, own })
        if (startNames.has(name)) this.#neverBefore.add(name)
      } else if (this.#neverBefore.has(name)) {
        continue
      } else if (startNames.has(name)) {
        copies.doubtful.add(name)
      } else {
        delete attributes[name]
        // A copying processor behind this one puts it back.
        copies.added.set(name, { entry, own: undefined })
      }
    }
    if (copies === undefined) return undefined
    if (copies.doubtful.size > 0) confirm(span, copies)
    // Copies are made while the span starts, answers come later: what equals an entry then is the answer's own.
    const swept = copies
    Promise.resolve()
      .then(() => sweep(swept))
      .catch(() => {})
    return copies
  }
}

/** Takes off what was copied since the span started, and restores what was there. */
export function sweep(copies: BaggageCopies): void {
  if (copies.isSwept) return
  copies.isSwept = true
  const { attributes, added, isLate, doubtful } = copies
  for (const [name, { entry, own }] of added) {
    if (attributes[name] !== entry) continue
    // OpenInference writes these itself right after the start, and nothing tells whose the value is.
    if (isLate && own === undefined && describedLate.has(name)) {
      if (startNames.has(name)) doubtful.add(name)
    } else if (own === undefined) delete attributes[name]
    else attributes[name] = own
  }
}

/** Whether what a price depends on may be a copy. */
export function isDoubtful({ doubtful, attributes }: BaggageCopies): boolean {
  if (doubtful.size === 0) return false
  if (attributes['ai.operationId'] !== undefined) {
    return (
      doubtful.has('ai.model.provider') || (doubtful.has('ai.model.id') && !isAnswered(attributes))
    )
  }
  if (attributes['gen_ai.operation.name'] === undefined) {
    for (const name of describedLate) if (doubtful.has(name)) return true
    return false
  }
  return (
    doubtful.has('gen_ai.operation.name') ||
    doubtful.has('gen_ai.provider.name') ||
    (doubtful.has('gen_ai.system') && attributes['gen_ai.provider.name'] === undefined) ||
    (doubtful.has('gen_ai.request.model') && !isAnswered(attributes))
  )
}

/** The model that answered is priced in preference to the one that was asked. */
function isAnswered(attributes: Attributes): boolean {
  return text(attributes['ai.response.model'] ?? attributes['gen_ai.response.model']) !== undefined
}

/** Looks for what confirms or corrects a value that may be a copy: the span's name, and names beside it. */
function confirm({ name, attributes }: SpanLike, { doubtful }: BaggageCopies): void {
  const spanName = typeof name === 'string' ? name : ''
  confirmOperation(spanName, attributes, doubtful)
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
function confirmOperation(name: string, attributes: Attributes, doubtful: Set<string>): void {
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
  } else {
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
