import { setTimeout as sleep } from 'node:timers/promises'

/**
 * The start of this month, in UTC, which goes on for so long at least: near its end this waits until the next has
 * begun. What is recorded then and what is asked for afterwards are of one month.
 */
export async function lastingMonth(milliseconds: number): Promise<number> {
  const now = new Date()
  const next = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)
  if (next - now.getTime() > milliseconds) return Date.UTC(now.getUTCFullYear(), now.getUTCMonth())
  await sleep(next - now.getTime())
  return next
}
