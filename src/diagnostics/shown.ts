import type { Attribution } from '../attribution/attribution.ts'
import { formatId } from '../charge/format-id.ts'
import { looksPersonal } from '../privacy/detect-pii.ts'
import { isPseudonym } from '../privacy/pseudonym.ts'

/** The id of a model, or a version of prices: in quotes if it is not made of the usual characters. */
export function shownId(id: string): string {
  return /^[\w.:/@+-]{1,80}$/.test(id) ? id : formatId(id)
}

/** A name from code, such as that of a span; `undefined` where it holds an id of a user or a tenant. */
export function shownName(
  name: string,
  { userId, tenantId, plan, tags }: Attribution,
): string | undefined {
  const shown = name.slice(0, 256)
  const values = [userId, tenantId, plan, ...Object.values(tags ?? {})]
  // The name may hold the raw id that a pseudonym replaced.
  const holds = values.some(
    (value) => value && (isPseudonym(value) || shown.toLowerCase().includes(value.toLowerCase())),
  )
  return holds || looksPersonal(shown) ? undefined : formatId(shown)
}
