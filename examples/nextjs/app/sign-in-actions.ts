'use server'

import { cookies } from 'next/headers'
import { SESSION_COOKIE } from './session'

export async function signIn(userId: string): Promise<void> {
  const jar = await cookies()
  jar.set(SESSION_COOKIE, userId, { httpOnly: true, sameSite: 'lax' })
}

export async function signOut(): Promise<void> {
  const jar = await cookies()
  jar.delete(SESSION_COOKIE)
}
