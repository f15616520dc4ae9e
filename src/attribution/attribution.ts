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
}

/** Nobody. Compared by identity, so that most merges cost nothing. */
export const nobody: Attribution = {}

/**
 * The closer statement wins, field by field. Plan and tags belong to a user: they are not
 * handed on to a different one.
 */
export function mergeAttribution(outer: Attribution, inner: Attribution): Attribution {
  if (inner === nobody || inner === outer) return outer
  if (outer === nobody) return inner
  const sameUser =
    inner.userId === undefined || outer.userId === undefined || inner.userId === outer.userId
  return {
    userId: inner.userId ?? outer.userId,
    tenantId: inner.tenantId ?? outer.tenantId,
    plan: inner.plan ?? (sameUser ? outer.plan : undefined),
    tags: sameUser ? mergeTags(outer.tags, inner.tags) : inner.tags,
  }
}

function mergeTags(outer: Attribution['tags'], inner: Attribution['tags']): Attribution['tags'] {
  if (inner === undefined) return outer
  return outer === undefined ? inner : { ...outer, ...inner }
}

/** An id as text. AI SDK metadata keeps a numeric user id a number. */
export function toIdentifier(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined
}
