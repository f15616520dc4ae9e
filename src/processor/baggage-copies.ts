import type { IncomingBaggage } from '../attribution/baggage.ts'
import { isAiSdkScope } from '../conventions/ai-sdk.ts'
import { callAttributes } from '../conventions/call-attributes.ts'
import { text, valueLimitOf, type SpanAttributes, type SpanLike } from '../span/span.ts'
import { confirmByName } from './confirm-copies.ts'
import { lateRole } from './late-role.ts'
import { createSpanState } from './weak-span-store.ts'

/*
 * Some processors copy the baggage of a request onto every span, under names that the sender of the request chose. No
 * copy may be read as a call or a price. A value that is on a span before this processor sees it is either a copy or
 * the instrumentation's own. A copy that a later processor adds shows in the difference from what was there before.
 */

/** The names that a call or its price is read from. Attribution and `cost.*` have rules of their own. */
const readName =
  /^(?:ai|gen_ai|llm|openinference|embedding|openai|anthropic|output|sentry|error|exception|http\.response)\./

/** Those of them that instrumentations write while a span starts. All others come with the answer. */
const startNames: ReadonlySet<string> = new Set<keyof SpanAttributes>([
  ...callAttributes,
  'ai.telemetry.functionId',
  'ai.request.headers.user-agent',
  'gen_ai.agent.name',
  'gen_ai.tool.definitions',
  'llm.invocation_parameters',
  'embedding.model_name',
])

/** What is known of the entries of such names on one span. */
export interface BaggageCopies {
  readonly attributes: SpanLike['attributes']
  readonly isLate: boolean
  /** Entry and own value under each name that was not a copy when the span started. */
  readonly added: Map<string, AddedCopy>
  /** The start names whose value may be a copy, and which nothing else on the span confirms. */
  readonly doubtful: Set<string>
  /** The other names whose value equals an entry, where no span above shows whether a processor copies. */
  readonly ambiguous: Map<string, string>
  /** Whether a processor copies the entry of a name, as far as a span above shows it. */
  readonly isCopied: Map<string, boolean>
  /** The names whose value equalled the entry while the span started, also if it has been removed since. */
  readonly equalled: Set<string>
  isSwept: boolean
}

interface AddedCopy {
  readonly entry: string
  readonly own: unknown
  /** Whether the entry can only be a copy if it appears under the name while the span starts. */
  readonly isCertain: boolean
}

/** What a span starts in: the span above, if it is in this process. */
export interface SpanSurroundings {
  readonly span: Partial<SpanLike> | undefined
  /** Whether it may have written the names of AI attributes itself. */
  readonly isAi: boolean
  /** The attributes of a span that `recordCall` makes, as it wrote them. */
  readonly recorded: SpanAttributes | undefined
}

type Attributes = SpanLike['attributes']

/** What OpenInference's tracer writes onto a span that has just started. */
const lateNames: ReadonlySet<string> = new Set([
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
  readonly #copies = createSpanState<BaggageCopies>()

  /** Looks at a span that starts. Removes each value that is certainly a copy, and restores what the span's name proves. */
  start(
    span: SpanLike,
    scope: string,
    baggage: IncomingBaggage,
    surroundings: SpanSurroundings,
  ): BaggageCopies | undefined {
    let copies: BaggageCopies | undefined
    for (const [name, whole] of baggage) {
      if (
        !readName.test(name) &&
        !(surroundings.recorded !== undefined && name.startsWith('cost.'))
      ) {
        continue
      }
      copies ??= createCopies(span, scope)
      const entry = whole.slice(0, valueLimitOf(span) || undefined)
      if (surroundings.recorded !== undefined) {
        keepRecorded(copies, name, entry, surroundings.recorded)
        continue
      }
      const isCopied = this.#isCopiedOnto(surroundings, name, entry)
      if (isCopied !== undefined) copies.isCopied.set(name, isCopied)
      this.#look(copies, name, entry, isCopied ?? (isAiSdkScope(scope) || undefined))
    }
    if (copies === undefined) return undefined
    this.#copies.note(span, copies)
    if (copies.doubtful.size > 0) confirmAll(span, baggage, copies)
    // Copies are made while the span starts, and answers come later: a later value that equals an entry is the answer's.
    const swept = copies
    Promise.resolve()
      .then(() => sweep(swept))
      .catch(() => {})
    return copies
  }

  /**
   * Whether a processor copies an entry onto spans, as the span above shows: it would have copied it there too. A call
   * that is recorded after the fact has its answer from the start, and that may equal an entry.
   */
  #isCopiedOnto(
    { span, isAi }: SpanSurroundings,
    name: string,
    entry: string,
  ): boolean | undefined {
    if (span?.attributes === undefined) return undefined
    const copies = this.#copies.get(span)
    const known = copies?.isCopied.get(name)
    if (known !== undefined) return known
    const value = span.attributes[name]
    const equals = value === entry || copies?.equalled.has(name) === true
    // An AI span may have written the same itself.
    if (equals) return isAi ? undefined : true
    return value === undefined ? false : undefined
  }

  /** `isCertain`: whether a value that equals the entry is a copy; `undefined` if unknown. */
  #look(
    { attributes, added, doubtful, ambiguous, equalled }: BaggageCopies,
    name: string,
    entry: string,
    isCertain: boolean | undefined,
  ): void {
    const own = attributes[name]
    const isStartName = startNames.has(name)
    if (own === entry) equalled.add(name)
    if (own !== entry) {
      if (isCertain !== false) added.set(name, { entry, own, isCertain: isCertain === true })
      if (isStartName) this.#neverBefore.add(name)
    } else if (isCertain === false || this.#neverBefore.has(name)) {
      // The instrumentation wrote it.
    } else if (isStartName) {
      doubtful.add(name)
    } else if (isCertain === true) {
      delete attributes[name]
      // A copying processor behind this one puts it back.
      added.set(name, { entry, own: undefined, isCertain })
    } else {
      ambiguous.set(name, entry)
    }
  }
}

/** `recordCall` writes all at the start, and a copying processor may have overwritten any of it. */
function keepRecorded(
  { attributes, added }: BaggageCopies,
  name: string,
  entry: string,
  recorded: SpanAttributes,
): void {
  const own = (recorded as SpanLike['attributes'])[name]
  added.set(name, { entry, own, isCertain: true })
  if (attributes[name] !== entry) return
  if (own === undefined) delete attributes[name]
  else attributes[name] = own
}

function createCopies({ attributes }: SpanLike, scope: string): BaggageCopies {
  return {
    attributes,
    isLate: lateRole(scope) !== undefined,
    added: new Map(),
    doubtful: new Set(),
    ambiguous: new Map(),
    isCopied: new Map(),
    equalled: new Set(),
    isSwept: false,
  }
}

/** Confirms what it can, and lets a second copying processor, behind this one, overwrite none of it. */
function confirmAll(span: SpanLike, baggage: IncomingBaggage, copies: BaggageCopies): void {
  const { attributes, added, doubtful } = copies
  const names = [...doubtful]
  confirmByName(span, doubtful, copies.isCopied)
  for (const name of names) {
    const entry = (baggage.get(name) ?? '').slice(0, valueLimitOf(span) || undefined)
    const own = attributes[name]
    if (own !== entry) added.set(name, { entry, own, isCertain: true })
  }
}

/** Removes the copies that were made since the span started, and restores the values that were there. */
export function sweep(copies: BaggageCopies): void {
  if (copies.isSwept) return
  copies.isSwept = true
  const { attributes, added, isLate, doubtful, ambiguous, equalled } = copies
  for (const [name, { entry, own, isCertain }] of added) {
    if (attributes[name] !== entry) continue
    equalled.add(name)
    // OpenInference writes these itself right after the start, so the value may be its own or a copy.
    if (isLate && own === undefined && lateNames.has(name)) {
      if (startNames.has(name)) doubtful.add(name)
    } else if (own !== undefined) attributes[name] = own
    else if (isCertain) delete attributes[name]
    else ambiguous.set(name, entry)
  }
}

/** Whether what a price depends on may be a copy. */
export function isDoubtful({ doubtful, ambiguous, attributes }: BaggageCopies): boolean {
  for (const [name, entry] of ambiguous) if (attributes[name] === entry) return true
  if (doubtful.size === 0) return false
  if (attributes['ai.operationId'] !== undefined) {
    return (
      doubtful.has('ai.model.provider') || (doubtful.has('ai.model.id') && !isAnswered(attributes))
    )
  }
  if (attributes['gen_ai.operation.name'] === undefined) {
    for (const name of lateNames) if (doubtful.has(name)) return true
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
