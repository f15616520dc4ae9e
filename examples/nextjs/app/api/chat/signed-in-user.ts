/** Stands in for your session: never trust a header with who pays. */
export function signedInUser({ headers }: Request) {
  const userId = headers.get('x-user-id') ?? 'anonymous'
  const plan = userId === 'anonymous' ? 'free' : 'pro'
  return { userId, plan, tenantId: 'example' }
}
