/** Sums of US dollars by user; `cost.usd` that is absent adds nothing. */
export function byUser(
  entries: readonly (readonly [user: unknown, usd: unknown])[],
): Map<string, number> {
  const sums = new Map<string, number>()
  for (const [user, usd] of entries) {
    if (typeof usd === 'number') sums.set(String(user), (sums.get(String(user)) ?? 0) + usd)
  }
  return sums
}
