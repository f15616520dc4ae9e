import {
  isIdentifier,
  REDACTED,
  toPublicAttribution,
  type StatedAttribution,
} from '../attribution/attribution.ts'
import { fromBase64url, toBase64url } from './base64url.ts'

/** The content of a token. Names are short, because it travels in headers. A field without a value is absent. */
interface Payload {
  /** When it expires, in seconds since the epoch. */
  readonly e: number
  readonly u?: string | undefined
  /** A user was stated, whose id was redacted. */
  readonly r?: 1 | undefined
  readonly t?: string | undefined
  readonly p?: string | undefined
  /**
   * Tags, each a name and a value. No text of an application is the name of a field, because V8 of Node 24 confuses names
   * that are written with escapes (24.21: `"\\u0041"` after `"\\""`).
   */
  readonly g?: readonly (readonly [name: string, value: string])[] | undefined
}

/** An attribution, and when it expires. */
export interface Statement {
  /** The attribution. */
  readonly attribution: StatedAttribution
  /** In seconds since the epoch. */
  readonly expiresAt: number
}

/** The statement as text, without redacted ids. */
export function encodePayload({ attribution, expiresAt }: Statement): string {
  const { userId, tenantId, plan, tags, redacted } = toPublicAttribution(attribution)
  const payload: Payload = {
    e: expiresAt,
    u: userId,
    r: redacted === true ? 1 : undefined,
    t: tenantId,
    // A span may state any plan; one that is no id would be refused on arrival.
    p: plan !== undefined && isId(plan) ? plan : undefined,
    g: statedTags(tags),
  }
  return toBase64url(JSON.stringify(payload))
}

function statedTags(tags: StatedAttribution['tags']): Payload['g'] {
  const stated = Object.entries(tags ?? {}).filter(([, tag]) => isId(tag))
  return stated.length === 0 ? undefined : stated
}

/** Without a prototype: a tag may have any name, `__proto__` too. */
function toTags(entries: readonly (readonly [string, string])[]): { [name: string]: string } {
  const tags = Object.create(null) as { [name: string]: string }
  for (const [name, tag] of entries) tags[name] = tag
  return tags
}

/** The statement that {@link encodePayload} encoded; `undefined` for all other texts. */
export function decodePayload(encoded: string): Statement | undefined {
  const payload = parsed(encoded)
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return undefined
  const { e, u, r, t, p, g, ...others } = payload as { [Field in keyof Payload]: unknown }
  if (Object.keys(others).length > 0) return undefined
  if (typeof e !== 'number' || !Number.isSafeInteger(e)) return undefined
  if (!isIdOrAbsent(u) || !isIdOrAbsent(t) || !isIdOrAbsent(p)) return undefined
  const isRedacted = r === 1
  if (r !== undefined && (!isRedacted || u !== undefined)) return undefined
  const tags = decodedTags(g)
  if (tags === undefined && g !== undefined) return undefined
  const attribution: StatedAttribution = {
    userId: isRedacted ? REDACTED : u,
    tenantId: t,
    plan: p,
    tags,
  }
  return { attribution, expiresAt: e }
}

function parsed(encoded: string): unknown {
  try {
    const text = fromBase64url(encoded)
    // Decoders accept several spellings and invalid UTF-8. Only the spelling that encodePayload writes is accepted.
    return toBase64url(text) === encoded ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}

function decodedTags(tags: unknown): StatedAttribution['tags'] {
  return Array.isArray(tags) && tags.every(isTag) ? toTags(tags) : undefined
}

function isTag(entry: unknown): entry is [name: string, value: string] {
  return (
    Array.isArray(entry) && entry.length === 2 && typeof entry[0] === 'string' && isId(entry[1])
  )
}

function isIdOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || isId(value)
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && isIdentifier(value)
}
