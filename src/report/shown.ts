import type { Attribution } from '../attribution/attribution.ts'
import { quoted } from '../charge/quoted.ts'
import { looksPersonal } from '../privacy/personal.ts'

/** The id of a model, or a version of prices: in quotes if it is not made of the usual characters. */
export function shownId(id: string): string {
  return /^[\w.:/@+-]{1,80}$/.test(id) ? id : quoted(id)
}

/** A name that code gives a place, such as a span's; `undefined` where it holds an id of somebody. */
export function shownName(
  name: string,
  { userId, tenantId, plan, tags }: Attribution,
): string | undefined {
  const shown = name.slice(0, 256)
  const values = [userId, tenantId, plan, ...Object.values(tags ?? {})]
  const holds = values.some((value) => value !== undefined && value !== '' && shown.includes(value))
  return holds || looksPersonal(shown) ? undefined : quoted(shown)
}
