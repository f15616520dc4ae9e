/** A placeholder for your table of users. */
export interface User {
  userId: string
  tenantId: string
  plan: 'pro' | 'free'
}

export const users: User[] = [
  { userId: 'ada', tenantId: 'example', plan: 'pro' },
  { userId: 'grace', tenantId: 'example', plan: 'free' },
]

/** What answers the users of a plan. */
export const models = { pro: 'gpt-5', free: 'gpt-5-mini' }
