/** Who caused a call. Every field is optional; a field that is absent is not stated. */
export interface Attribution {
  /** A stable id of the user who pays, as your billing knows it. */
  readonly userId?: string | undefined
  /** The organisation or workspace of the user. */
  readonly tenantId?: string | undefined
  /** The plan the user is on, such as `free` or `pro`. */
  readonly plan?: string | undefined
  /** Anything else to sum by, such as `{ feature: 'search' }`; becomes `cost.tag.feature`. */
  readonly tags?: { readonly [name: string]: string } | undefined
  /** A user was stated, but the id looked personal or was none, and was left out. */
  readonly redacted?: true | undefined
}

/** Nobody. Compared by identity, so that most merges cost nothing. */
export const unattributed: Attribution = {}

/**
 * The closer statement wins, field by field. Plan and tags belong to a user: they are not
 * handed on to a different one. An id that may not be told is `''` here: it is stated, so nobody
 * further out takes its place; `toPublicAttribution` makes it what is told of a payer.
 */
export function mergeAttribution(outer: Attribution, inner: Attribution): Attribution {
  if (inner === unattributed || inner === outer) return outer
  if (outer === unattributed) return inner
  const sameUser =
    inner.userId === undefined ||
    outer.userId === undefined ||
    // Of two that are left out nobody knows whether they are one.
    (inner.userId === outer.userId && inner.userId !== '')
  return {
    userId: inner.userId ?? outer.userId,
    tenantId: inner.tenantId ?? outer.tenantId,
    plan: inner.plan ?? (sameUser ? outer.plan : undefined),
    tags: sameUser ? mergeTags(outer.tags, inner.tags) : inner.tags,
  }
}

/** Whether a closer statement says nothing that is not known. */
export function addsNothing(outer: Attribution, inner: Attribution): boolean {
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

/** The payer as it is told, without what may not be. */
export function toPublicAttribution(attribution: Attribution): Attribution {
  const { userId, tenantId, plan, tags } = attribution
  if (userId !== '' && tenantId !== '' && plan !== '') return attribution
  const told = {
    userId: userId || undefined,
    tenantId: tenantId || undefined,
    plan: plan || undefined,
    tags,
  }
  return userId === '' ? { ...told, redacted: true } : told
}

/**
 * Whether a text can be an id: of at most 256 characters, as backends cut what is longer, and
 * without half characters, which all become the same one when they are encoded. Either would name
 * somebody else.
 */
export function isIdentifier(text: string): boolean {
  return text.length <= 256 && !/\p{Surrogate}/u.test(text)
}

/** An id as text. AI SDK metadata keeps a numeric user id a number. */
export function toIdentifier(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  // Beyond 2^53 two ids are one number: then somebody is stated, and nobody knows who.
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? '' : String(value)
}

/**
 * A payer as a span with a limit of its values states it. What is as long as the limit was cut, as a rule, and may
 * name two users by one id: somebody is stated, and nobody knows who.
 */
export function withoutCut(stated: Attribution, limit: number): Attribution {
  const { userId, tenantId, plan } = stated
  const isCut = (id: string | undefined): boolean => id !== undefined && id.length === limit
  if (limit === 0 || !(isCut(userId) || isCut(tenantId) || isCut(plan))) return stated
  return {
    ...stated,
    userId: isCut(userId) ? '' : userId,
    tenantId: isCut(tenantId) ? '' : tenantId,
    plan: isCut(plan) ? '' : plan,
  }
}
