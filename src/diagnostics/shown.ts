import type { Attribution } from '../attribution/attribution.ts'
import { quoted } from '../charge/format-id.ts'
import { looksPersonal } from '../privacy/detect-pii.ts'
import { isPseudonym } from '../privacy/pseudonym.ts'

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
  // Behind a pseudonym is a raw id that the name may hold.
  const holds = values.some(
    (value) => value && (isPseudonym(value) || shown.toLowerCase().includes(value.toLowerCase())),
  )
  return holds || looksPersonal(shown) ? undefined : quoted(shown)
}
