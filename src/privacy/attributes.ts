import type { Attribution } from '../attribution/attribution.ts'
import type { SpanLike } from '../span/span.ts'
import { isIdName, type Protection } from './protect.ts'

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

/** Characters that are looked through while a span starts or ends; what is longer is taken off. */
const LONGEST = 65_536

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
export function protectAttributes(
  attributes: SpanLike['attributes'],
  protection: Protection,
  boundary?: Attribution,
): boolean {
  const guard = protection.replacesAll
    ? { ...protection, known: knownIds(attributes, boundary) }
    : protection
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
    // A name is text of the application's own, too.
    return guard.text(name) === name ? toldValue(name, raw, guard) : undefined
  } catch {
    return undefined
  }
}

interface Guard extends Protection {
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
  const told =
    guard.replacesAll && isIdName(name) ? toldId(name, text, guard) : toldText(name, text, guard)
  if (told === text) return raw
  return told === '' ? undefined : told
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

/** Metadata that an instrumentation writes as one text. */
function toldJson(name: string, raw: string, guard: Guard): string {
  const isPersonal = isToldInPart(raw, guard)
  // Letters may be written by their codes.
  if (!guard.replacesAll && !isPersonal && !raw.includes('\\u')) return raw
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

function toldList(name: string, raw: readonly unknown[], guard: Guard): readonly unknown[] {
  const told = raw.map((item) => toldValue(name, item, guard))
  return told.every((item, index) => item === raw[index])
    ? raw
    : told.filter((item) => item !== undefined)
}

function toldObject(name: string, raw: object, guard: Guard): object {
  const entries = Object.entries(raw)
  const told = entries.map(([key, value]) =>
    guard.text(key) === key ? toldValue(`${name}.${key}`, value, guard) : undefined,
  )
  return told.every((value, index) => value === entries[index]?.[1])
    ? raw
    : Object.fromEntries(entries.map(([key], index) => [key, told[index]]))
}

/** Whether a text holds what is personal, or is too long to tell. */
function isToldInPart(raw: string, { text }: Guard): boolean {
  if (raw.length > LONGEST) return true
  for (let from = 0; from < raw.length; from += WINDOW - OVERLAP) {
    const part = raw.slice(from, from + WINDOW)
    if (text(part) !== part) return true
  }
  return false
}
