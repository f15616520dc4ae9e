import { cookies } from 'next/headers'
import { users, type User } from './users'

export const SESSION_COOKIE = 'user'

/** A placeholder for your session. Here everybody may choose any user, so the cookie is not signed; yours is. */
export async function signedInUser(): Promise<User | undefined> {
  const cookie = (await cookies()).get(SESSION_COOKIE)
  return users.find(({ userId }) => userId === cookie?.value)
}
