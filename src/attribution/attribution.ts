/** The user and tenant that caused a call. Every field is optional; a field that is absent is not stated. */
export interface Attribution {
  /** A stable id of the user, as your billing knows it. */
  readonly userId?: string | undefined
  /** The organisation or workspace of the user. */
  readonly tenantId?: string | undefined
  /** The plan the user is on, such as `free` or `pro`. */
  readonly plan?: string | undefined
  /** Anything else to sum by, such as `{ feature: 'search' }`; becomes `cost.tag.feature`. */
  readonly tags?: { readonly [name: string]: string } | undefined
  /** A user was stated, but the id looked personal or was invalid, and was left out. */
  readonly redacted?: true | undefined
}

/**
 * In place of an id that must not leave the process. The field is stated, so no outer value replaces it. Registered,
 * because a bundler may give a route and the processor a copy of this package each.
 */
export const REDACTED: unique symbol = Symbol.for('costspan.redacted') as never

/** The value of a field, or {@link REDACTED}. */
export type Redacted = typeof REDACTED

/** An attribution within costspan, where fields may be redacted. A redacted tag is an empty text. */
export interface StatedAttribution {
  /** The user. */
  readonly userId?: string | Redacted | undefined
  /** The organisation or workspace of the user. */
  readonly tenantId?: string | Redacted | undefined
  /** The plan of the user. */
  readonly plan?: string | Redacted | undefined
  /** Tags by name; a redacted one is empty. */
  readonly tags?: Attribution['tags']
  readonly redacted?: true | undefined
}

/** States nothing. Compared by identity, so that most merges cost nothing. */
export const unattributed: Attribution = {}

/**
 * Merges field by field; the inner statement wins. Plan and tags belong to a user, so a different user does not inherit
 * them. A redacted field is stated, so the outer one does not take its place.
 */
export function mergeAttribution(
  outer: StatedAttribution,
  inner: StatedAttribution,
): StatedAttribution {
  if (inner === unattributed || inner === outer) return outer
  if (outer === unattributed) return inner
  const isSameUser =
    inner.userId === undefined ||
    outer.userId === undefined ||
    // Two redacted ids may be of different users.
    (inner.userId === outer.userId && inner.userId !== REDACTED)
  return {
    userId: inner.userId ?? outer.userId,
    tenantId: inner.tenantId ?? outer.tenantId,
    plan: inner.plan ?? (isSameUser ? outer.plan : undefined),
    tags: isSameUser ? mergeTags(outer.tags, inner.tags) : inner.tags,
  }
}

/** Whether an inner statement repeats the outer one. */
export function addsNothing(outer: StatedAttribution, inner: StatedAttribution): boolean {
  return (
    inner.userId === outer.userId &&
    inner.tenantId === outer.tenantId &&
    inner.plan === outer.plan &&
    inner.tags === undefined
  )
}

function mergeTags(outer: Attribution['tags'], inner: Attribution['tags']): Attribution['tags'] {
  if (inner === undefined) return outer
  return outer === undefined ? inner : { ...outer, ...inner }
}

/** The attribution as charges and backends show it: without redacted fields. */
export function toPublicAttribution(stated: StatedAttribution): Attribution {
  const { userId, tenantId, plan, tags } = stated
  if (userId !== REDACTED && tenantId !== REDACTED && plan !== REDACTED) {
    return stated as Attribution
  }
  const attribution = {
    userId: publicId(userId),
    tenantId: publicId(tenantId),
    plan: publicId(plan),
    tags,
  }
  return userId === REDACTED ? { ...attribution, redacted: true } : attribution
}

function publicId(id: string | Redacted | undefined): string | undefined {
  return id === REDACTED ? undefined : id
}

/**
 * Whether a text can be an id. Backends cut texts of more than 256 characters, and encoding turns all lone surrogates into
 * one character: either way two users could become one.
 */
export function isIdentifier(text: string): boolean {
  return text.length <= 256 && !/\p{Surrogate}/u.test(text)
}

/** An id as text; `undefined` if none is stated. AI SDK metadata keeps a numeric user id a number. */
export function toIdentifier(value: unknown): string | Redacted | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  // Beyond 2^53 two ids are one number: a user is stated, but which one is unknown.
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? REDACTED : String(value)
}

/**
 * The attribution of a span whose SDK limits the length of values. A value as long as the limit was probably cut, and a
 * cut id may be that of two users, so it is redacted.
 */
export function withoutCut(stated: StatedAttribution, limit: number): StatedAttribution {
  const { userId, tenantId, plan } = stated
  const isCut = (id: string | Redacted | undefined): boolean =>
    typeof id === 'string' && id.length === limit
  if (limit === 0 || !(isCut(userId) || isCut(tenantId) || isCut(plan))) return stated
  return {
    ...stated,
    userId: isCut(userId) ? REDACTED : userId,
    tenantId: isCut(tenantId) ? REDACTED : tenantId,
    plan: isCut(plan) ? REDACTED : plan,
  }
}
