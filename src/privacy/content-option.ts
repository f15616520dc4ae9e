import { invalidOption } from '../invalid-option.ts'
import type { SpanLike } from '../span/span.ts'
import { catchRejection } from '../thenable.ts'

/** What can hold content: of a span, or of the copy of one that is exported. */
export interface SpanContent {
  /** The attributes of the span. Delete or replace those that hold content. */
  readonly attributes: SpanLike['attributes']
  /** The events of the span. The attributes of each may be changed as well. */
  readonly events?: readonly {
    /** The name of the event. */
    readonly name?: unknown
    /** The attributes of the event, by name. */
    readonly attributes?: object | undefined
  }[]
}

/** Removes the content of AI calls from a span that ends. It runs after all else that costspan writes. */
export type DropContent = (span: SpanContent) => void

/**
 * The function of the option `dropContent`, or `undefined` if content stays.
 *
 * @throws TypeError if the option is no function.
 */
export function contentDropper(option: unknown): DropContent | undefined {
  if (option === undefined || option === false) return undefined
  if (typeof option !== 'function') {
    throw invalidOption('privacy.dropContent', 'the function `dropContent` of costspan', option)
  }
  return failingClosed(option as DropContent)
}

/** A function of the application may fail. Then every text is removed, because any may be content. */
function failingClosed(dropContent: DropContent): DropContent {
  return (span) => {
    try {
      const returned: unknown = dropContent(span)
      // What a promise removes later has left with the span.
      if (catchRejection(returned)) {
        throw invalidOption('privacy.dropContent', 'a function that returns no promise')
      }
    } catch (error) {
      dropTexts(span)
      throw error
    }
  }
}

/** What costspan writes, and the operation of the AI SDK by which a backend knows a call: neither is content. */
const KEPT_NAME = /^(?:(?:cost|user|tenant)\.|ai\.operationId$)/

/** Of an event, which may be frozen, all attributes are removed. */
function dropTexts(span: SpanContent): void {
  const { attributes, events } = span
  for (const name in attributes) {
    // One that cannot be deleted keeps no other.
    if (typeof attributes[name] !== 'number' && !KEPT_NAME.test(name)) {
      Reflect.deleteProperty(attributes, name)
    }
  }
  if (Array.isArray(events)) {
    Reflect.set(
      span,
      'events',
      events.map((event: object) => ({ ...event, attributes: {} })),
    )
  }
}
