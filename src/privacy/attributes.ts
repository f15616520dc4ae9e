import type { SpanLike } from '../span/span.ts'
import type { Protection } from './protect.ts'

/**
 * Where instrumentations and processors copy what an application says of its users: OpenTelemetry's
 * `user` and `enduser`, Langfuse's, OpenInference's and Traceloop's names, and our own. What people and
 * models wrote is content, and not among them.
 */
const copies =
  /^((end)?user\.|tenant\.id$|cost\.(plan$|tag\.)|session\.id$|metadata|tag\.tags$|llm\.(user|invocation_parameters$)|traceloop\.association|langfuse\.(?!(trace|observation)\.(in|out)put))/

/** The ones of them that are the id of a user or a tenant, in whatever spelling. */
const ids = /(^|\.)((end)?user|tenant)([._]?id)?$/i

/** Characters that are searched at a time, and by how many two searches overlap. */
const WINDOW = 4096
const OVERLAP = 256

/** Characters of JSON that are read while a span starts or ends. */
const LONGEST_JSON = 65_536

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
 * none is taken off. Returns whether anything was.
 */
export function protectAttributes(
  attributes: SpanLike['attributes'],
  protection: Protection,
): boolean {
  let isRewritten = false
  for (const name in attributes) {
    if (!isCopied(name)) continue
    const raw = attributes[name]
    const told = toldValue(name, raw, protection)
    if (told === raw) continue
    isRewritten = true
    if (told === undefined) delete attributes[name]
    else attributes[name] = told
  }
  return isRewritten
}

/** `undefined` if nothing of it may be told. */
function toldValue(name: string, raw: unknown, protection: Protection): unknown {
  if (Array.isArray(raw)) return toldList(raw, protection)
  if (typeof raw !== 'string' && typeof raw !== 'number') return raw
  const text = String(raw)
  const told =
    protection.replacesAll && ids.test(name) ? protection.id(text) : toldText(text, protection)
  if (told === text) return raw
  return told === '' ? undefined : told
}

function toldList(raw: readonly unknown[], protection: Protection): readonly unknown[] {
  const told = raw.map((item) => (typeof item === 'string' ? toldText(item, protection) : item))
  return told.every((item, index) => item === raw[index]) ? raw : told.filter((item) => item !== '')
}

function toldText(raw: string, protection: Protection): string {
  if (raw.startsWith('{') || raw.startsWith('[')) return toldJson(raw, protection)
  return raw.length > WINDOW && isToldInPart(raw, protection) ? '' : protection.text(raw)
}

/** Metadata that an instrumentation writes as one text. */
function toldJson(raw: string, protection: Protection): string {
  if (!protection.replacesAll && !isToldInPart(raw, protection)) return raw
  if (raw.length > LONGEST_JSON) return ''
  let isRewritten = false
  try {
    const told: unknown = JSON.parse(raw, (name, value: unknown) => {
      if (typeof value !== 'string' || value === '') return value
      const text =
        protection.replacesAll && ids.test(name) ? protection.id(value) : protection.text(value)
      if (text !== value) isRewritten = true
      return text === '' ? undefined : text
    })
    return isRewritten ? JSON.stringify(told) : raw
  } catch {
    return ''
  }
}

function isToldInPart(raw: string, { text }: Protection): boolean {
  for (let from = 0; from < raw.length; from += WINDOW - OVERLAP) {
    const part = raw.slice(from, from + WINDOW)
    if (text(part) !== part) return true
  }
  return false
}
