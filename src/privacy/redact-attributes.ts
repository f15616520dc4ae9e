import type { Attribution } from '../attribution/attribution.ts'
import { LONGEST_ID } from '../conventions/model-call.ts'
import { isWithin } from '../span/json.ts'
import type { SpanLike } from '../span/span.ts'
import { isIdName, type Redactor } from './redactor.ts'

/**
 * Where instrumentations and processors copy what an application says of its users: OpenTelemetry's
 * `user` and `enduser`, Langfuse's, OpenInference's and Traceloop's names, and our own. What people and
 * models wrote is content, and not among them.
 */
const copies =
  /^((end)?user\.|tenant\.id$|cost\.(plan$|tag\.)|session\.id$|metadata|tag\.tags$|llm\.(user|invocation_parameters$)|traceloop\.association|langfuse\.(?!(trace|observation)\.(in|out)put))/

/** Characters that are searched at a time, and by how many two searches overlap. */
const WINDOW = 4096
const OVERLAP = 256

/** Characters of a span that are searched at its start or at its end, in all; what is beyond is taken off. */
const MOST_CHARACTERS = 65_536

/** Values in lists and objects that are looked at in all, and how deep; what is beyond is taken off. */
const MOST_VALUES = 4096
const MOST_DEPTH = 32

/** What is left of these bounds. No object of each span's: hooks run one after the other. */
const left = { characters: 0, values: 0, depth: 0 }

/** Letters with which such names begin, but for the AI SDK's. */
const firstLetters = new Set(Array.from('celmstu', codeOf))

const [A, C, H, M, R, S, T] = Array.from('achmrst', codeOf)

function codeOf(letter: string): number {
  return letter.charCodeAt(0)
}

/**
 * Whether an attribute of that name may name somebody. Every AI span is asked for all of its names,
 * and to compare a letter is ten times as quick as to compare a beginning.
 */
function isCopied(name: string): boolean {
  const first = name.charCodeAt(0)
  if (first !== A) return firstLetters.has(first) && copies.test(name)
  const third = name.charCodeAt(3)
  if (third === T) return name.charCodeAt(13) === M // ai.telemetry.metadata.…
  if (third === S) return name.charCodeAt(12) === C // ai.settings.context.…
  return third === R && name.charCodeAt(11) === H // ai.request.headers.…
}

/**
 * Rewrites every attribute that carries what may not be told: an id becomes its pseudonym, and what has
 * none is taken off. Returns whether anything was. Where every id is replaced, so is a text that is the
 * id of the same span, or of the `boundary` around it, in another place.
 */
export function redactAttributes(
  attributes: SpanLike['attributes'],
  redactor: Redactor,
  boundary?: Attribution,
): boolean {
  if (redactor.keepsAll) return false
  left.characters = MOST_CHARACTERS
  left.values = MOST_VALUES
  left.depth = MOST_DEPTH
  const guard = redactor.replacesAll
    ? { ...redactor, known: knownIds(attributes, boundary) }
    : redactor
  let isRewritten = false
  for (const name in attributes) {
    if (!isCopied(name)) continue
    const raw = attributes[name]
    const told = toldAttribute(name, raw, guard)
    if (told === raw) continue
    isRewritten = true
    if (told === undefined) delete attributes[name]
    else attributes[name] = told
  }
  return isRewritten
}

/** What cannot be looked through, such as an object nested too deeply, does not leave. */
function toldAttribute(name: string, raw: unknown, guard: Guard): unknown {
  try {
    // A name is text of the application's own, too. None is that long, and it is not searched.
    return name.length <= LONGEST_ID && guard.text(name) === name
      ? toldValue(name, raw, guard)
      : undefined
  } catch {
    return undefined
  }
}

interface Guard extends Redactor {
  readonly known?: ReadonlySet<unknown>
}

function knownIds(
  attributes: SpanLike['attributes'],
  boundary: Attribution | undefined,
): ReadonlySet<unknown> {
  const known = new Set<unknown>([boundary?.userId, boundary?.tenantId])
  for (const name in attributes) {
    if (isCopied(name) && isIdName(name)) known.add(attributes[name])
  }
  return known
}

/** `undefined` if nothing of it may be told. `name` is the path to it, through lists and JSON too. */
function toldValue(name: string, raw: unknown, guard: Guard): unknown {
  if (Array.isArray(raw)) return toldList(name, raw, guard)
  if (typeof raw === 'object' && raw !== null) return toldObject(name, raw, guard)
  if (typeof raw !== 'string' && typeof raw !== 'number') return raw
  const text = String(raw)
  if (text.length > LONGEST_ID && (text.length > left.characters || isTooLong(name, text)))
    return undefined
  const told =
    guard.replacesAll && isIdName(name) ? toldId(name, text, guard) : toldText(name, text, guard)
  if (told === text) return raw
  return told === '' ? undefined : told
}

/** No id is that long, and it is not searched. Of what else is longer the bound takes account where it is searched. */
function isTooLong(name: string, text: string): boolean {
  if (isIdName(name) && !text.startsWith('{')) return true
  return text.length <= WINDOW && !json.test(text) && !isInBounds(text)
}

function isInBounds(text: string): boolean {
  left.characters -= text.length
  return left.characters >= 0
}

/** A user may be told as an object, as JSON. */
function toldId(name: string, raw: string, guard: Guard): string {
  return raw.startsWith('{') ? toldJson(name, raw, guard) : guard.id(raw)
}

/** How JSON of an object or a list begins; a text in brackets is none. */
const json = /^(\{|\[\s*["{[\d\]-])/

function toldText(name: string, raw: string, guard: Guard): string {
  if (json.test(raw)) return toldJson(name, raw, guard)
  if (guard.known?.has(raw) === true) return guard.id(raw)
  return raw.length > WINDOW && isToldInPart(raw, guard) ? '' : guard.text(raw)
}

/** Metadata that an instrumentation writes as one text. It is parsed only within the bounds. */
function toldJson(name: string, raw: string, guard: Guard): string {
  if (!isInBounds(raw)) return ''
  const isPersonal = isFoundInPart(raw, guard)
  // Letters may be written by their codes.
  if (!guard.replacesAll && !isPersonal && !raw.includes('\\u')) return raw
  if (!isWithin(raw, left.depth, left.values)) return ''
  try {
    const value: unknown = JSON.parse(raw)
    const told = toldValue(name, value, guard)
    // What is personal and was not found may not be told.
    if (told === value) return isPersonal ? '' : raw
    return told === undefined ? '' : JSON.stringify(told)
  } catch {
    return ''
  }
}

function hasMoreThan(most: number, raw: object): boolean {
  let count = 0
  for (const _ in raw) if (++count > most) return true
  return false
}

/** Goes one level deeper; `undefined` beyond the bounds. */
function within<Result>(values: number, run: () => Result): Result | undefined {
  left.values -= values
  if (left.values < 0 || left.depth <= 0) return undefined
  left.depth--
  try {
    return run()
  } finally {
    left.depth++
  }
}

function toldList(
  name: string,
  raw: readonly unknown[],
  guard: Guard,
): readonly unknown[] | undefined {
  const told = within(raw.length, () => raw.map((item) => toldValue(name, item, guard)))
  if (told === undefined) return undefined
  return told.every((item, index) => item === raw[index])
    ? raw
    : told.filter((item) => item !== undefined)
}

function toldObject(name: string, raw: object, guard: Guard): object | undefined {
  if (hasMoreThan(left.values, raw)) return undefined
  const entries = Object.entries(raw)
  const told = within(entries.length, () =>
    entries.map(([key, value]) =>
      key.length <= LONGEST_ID && guard.text(key) === key
        ? toldValue(`${name}.${key}`, value, guard)
        : undefined,
    ),
  )
  if (told === undefined) return undefined
  return told.every((value, index) => value === entries[index]?.[1])
    ? raw
    : Object.fromEntries(entries.map(([key], index) => [key, told[index]]))
}

/** Whether a text holds what is personal, or is too long to tell. */
function isToldInPart(raw: string, guard: Guard): boolean {
  return !isInBounds(raw) || isFoundInPart(raw, guard)
}

function isFoundInPart(raw: string, { text }: Guard): boolean {
  for (let from = 0; from < raw.length; from += WINDOW - OVERLAP) {
    const part = raw.slice(from, from + WINDOW)
    if (text(part) !== part) return true
  }
  return false
}
