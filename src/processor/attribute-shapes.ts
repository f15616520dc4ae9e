import type { SpanAttributes } from '../span/span.ts'

/** How many copies are kept: a shape that a tenth of the spans have is most likely among them. */
const MAXIMUM_SHAPES = 32

/** Once so many are kept, every how many AI spans another takes the place of the oldest. */
const SPANS_BETWEEN = 128

/**
 * Keeps the latest attribute names of AI spans in the order in which they were set, so that V8 stores the attributes of
 * further spans as it stores an object's fields.
 *
 * OpenTelemetry sets attributes one by one. V8 stores an object that grows so beyond 16 names as a hash table, unless
 * another object has grown in the same order before. A hash table takes longer to read and to write, and writing a cost
 * makes that of a streamed call twice as large (docs/decisions/0018). Where the engine works otherwise, a copy now and then
 * is all that this costs. No value that identifies anybody is kept.
 */
export class AttributeShapes {
  readonly #shapes: object[] = []
  #spansUntilNext = 1

  /** Notes the attributes of an AI span that has been enriched. */
  note(attributes: SpanAttributes): void {
    if (--this.#spansUntilNext === 0) this.#keep(attributes)
  }

  #keep(attributes: SpanAttributes): void {
    const kept = this.#shapes.push(copyWithoutTexts(attributes))
    if (kept > MAXIMUM_SHAPES) this.#shapes.shift()
    this.#spansUntilNext = kept < MAXIMUM_SHAPES ? 1 : SPANS_BETWEEN
  }
}

/** Numbers stay, because V8 makes another shape for a field that holds another type. */
function copyWithoutTexts(attributes: SpanAttributes): object {
  try {
    const copy: { [name: string]: unknown } = { ...attributes }
    for (const name in copy) if (typeof copy[name] !== 'number') copy[name] = ''
    return copy
  } catch {
    // A host may pass attributes that cannot be listed. Nothing depends on the copy.
    return {}
  }
}
