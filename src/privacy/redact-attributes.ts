import { REDACTED, type Redacted, type StatedAttribution } from '../attribution/attribution.ts'
import { LONGEST_ID } from '../conventions/model-call.ts'
import { isWithin } from '../span/json.ts'
import type { SpanLike } from '../span/span.ts'
import * as NameKind from './name-kind.ts'
import { isIdName, isPublicName, type Redactor } from './redactor.ts'

/** Characters that are searched at a time, and by how many two searches overlap. */
const WINDOW = 4096
const OVERLAP = 256

/** Characters of a span that are searched at its start or at its end, in all; an attribute beyond is removed. */
const MOST_CHARACTERS = 65_536

/** Values in lists and objects that are searched in all, and how deep; an attribute beyond is removed. */
const MOST_VALUES = 4096
const MOST_DEPTH = 32

/** The remainder of these bounds. Shared by all spans, because hooks run one after the other. */
let charactersLeft = 0
let valuesLeft = 0
let depthLeft = 0

/**
 * Replaces or removes every attribute that holds an id that must not leave the process. Returns whether any was. Where
 * all ids are replaced, so is a text elsewhere that equals an id of the same span, or of the `boundary` around it.
 */
export function redactAttributes(
  attributes: SpanLike['attributes'],
  redactor: Redactor,
  boundary?: StatedAttribution,
): boolean {
  if (redactor.keepsAll) return false
  charactersLeft = MOST_CHARACTERS
  valuesLeft = MOST_VALUES
  const guard = redactor.replacesAll
    ? { ...redactor, known: knownIds(attributes, redactor, boundary) }
    : redactor
  let isRewritten = false
  for (const name in attributes) {
    const kind = redactor.nameKind(name)
    if (kind === NameKind.unrelated) continue
    const raw = attributes[name]
    const redacted = kind === NameKind.mayIdentify ? redactAttribute(name, raw, guard) : undefined
    if (redacted === raw) continue
    isRewritten = true
    if (redacted === undefined) delete attributes[name]
    else attributes[name] = redacted
  }
  return isRewritten
}

/** An attribute that cannot be searched, such as an object nested too deeply, is removed. */
function redactAttribute(name: string, raw: unknown, guard: Guard): unknown {
  depthLeft = MOST_DEPTH
  try {
    return redactValue(name, raw, guard)
  } catch {
    return undefined
  }
}

interface Guard extends Redactor {
  readonly known?: ReadonlySet<unknown>
}

function knownIds(
  attributes: SpanLike['attributes'],
  redactor: Redactor,
  boundary: StatedAttribution | undefined,
): ReadonlySet<unknown> {
  const known = new Set<unknown>([boundary?.userId, boundary?.tenantId])
  for (const name in attributes) {
    if (redactor.nameKind(name) !== NameKind.unrelated && isIdName(name))
      known.add(attributes[name])
  }
  return known
}

/** `undefined` if all of it is redacted. `name` is the path to it, through lists and JSON too. */
function redactValue(name: string, raw: unknown, guard: Guard): unknown {
  if (typeof raw === 'object' && raw !== null) return redactEntries(name, raw, guard)
  if (typeof raw !== 'string' && typeof raw !== 'number') return raw
  const text = String(raw)
  if (text.length > LONGEST_ID && (text.length > charactersLeft || isTooLong(name, text)))
    return undefined
  const redacted = redactText(name, text, guard)
  if (redacted === text) return raw
  return redacted === REDACTED ? undefined : redacted
}

/** No id is that long, and it is not searched. The bound counts all other long texts where they are searched. */
function isTooLong(name: string, text: string): boolean {
  if (isIdName(name) && !text.startsWith('{')) return true
  return text.length <= WINDOW && !isJson(text) && !isInBounds(text)
}

function isInBounds(text: string): boolean {
  charactersLeft -= text.length
  return charactersLeft >= 0
}

/** Whether a text begins as JSON of an object or a list does; a text in brackets is none. */
function isJson(text: string): boolean {
  return text[0] === '{' || (text[0] === '[' && list.test(text))
}

const list = /^\[\s*["{[\d\]-]/

function redactText(name: string, raw: string, guard: Guard): string | Redacted {
  const isId = guard.replacesAll && isIdName(name)
  // A user may be stated as an object, in JSON.
  if (isId ? raw.startsWith('{') : isJson(raw)) return redactJson(name, raw, guard)
  if (isId || guard.known?.has(raw) === true) return guard.id(raw)
  const isRedacted = raw.length > WINDOW && (!isInBounds(raw) || isFoundInPart(raw, guard))
  return isRedacted ? REDACTED : guard.text(raw)
}

/** Metadata that an instrumentation writes as one text. It is parsed only within the bounds. */
function redactJson(name: string, raw: string, guard: Guard): string | Redacted {
  if (!isInBounds(raw)) return REDACTED
  const isPersonal = isFoundInPart(raw, guard)
  // Escapes may hide characters from the search.
  if (!guard.replacesAll && !isPersonal && !raw.includes('\\u')) return raw
  if (!isWithin(raw, depthLeft, valuesLeft)) return REDACTED
  try {
    const value: unknown = JSON.parse(raw)
    const redacted = redactValue(name, value, guard)
    if (redacted !== value) return redacted === undefined ? REDACTED : JSON.stringify(redacted)
    // The text holds a personal id that no value has.
    return isPersonal ? REDACTED : raw
  } catch {
    return REDACTED
  }
}

/** A list or an object, one level deeper; `undefined` beyond the bounds. */
function redactEntries(name: string, raw: object, guard: Guard): object | undefined {
  const isList = Array.isArray(raw)
  if (depthLeft === 0 || (isList ? raw.length > valuesLeft : hasMoreThan(valuesLeft, raw)))
    return undefined
  const entries = Object.entries(raw)
  valuesLeft -= entries.length
  depthLeft--
  const redacted = entries.map(([key, value]) => {
    if (isList) return redactValue(name, value, guard)
    return isPublicName(key, guard.text) ? redactValue(`${name}.${key}`, value, guard) : undefined
  })
  depthLeft++
  if (redacted.every((value, index) => value === entries[index]?.[1])) return raw
  return isList
    ? redacted.filter((value) => value !== undefined)
    : Object.fromEntries(entries.map(([key], index) => [key, redacted[index]]))
}

function hasMoreThan(most: number, raw: object): boolean {
  let count = 0
  for (const _ in raw) if (++count > most) return true
  return false
}

function isFoundInPart(raw: string, { text }: Guard): boolean {
  for (let from = 0; from < raw.length; from += WINDOW - OVERLAP) {
    const part = raw.slice(from, from + WINDOW)
    if (text(part) !== part) return true
  }
  return false
}
