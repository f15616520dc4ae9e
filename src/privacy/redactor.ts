import { isIdentifier, type Attribution } from '../attribution/attribution.ts'
import { LONGEST_ID } from '../conventions/model-call.ts'
import { invalidOption, rejectUnknown } from '../invalid-option.ts'
import { catchRejection } from '../thenable.ts'
import type { SecretKey } from './hmac.ts'
import { looksPersonal } from './detect-pii.ts'
import { createPseudonymizer, isPseudonym, type Pseudonymize } from './pseudonym.ts'

/** What becomes of ids, and of content, before they leave the process. */
export interface PrivacyOptions {
  /**
   * What becomes of an id that looks personal (an e-mail address, a phone number …): it is omitted, and
   * `cost.attribution` says `redacted`; or kept, on your own account.
   * @defaultValue `'omit'`
   */
  readonly personalIds?: 'omit' | 'keep' | undefined
  /**
   * Replaces every `userId` and `tenantId`, and what looks personal elsewhere, by a stable pseudonym:
   * HMAC-SHA256 by a key of at least 16 characters, kept apart from all other keys; `costspan pseudonym`
   * makes the same from your list of users. Or a function of your own, which has to give back unchanged
   * what it made.
   */
  readonly pseudonymize?: { readonly key: SecretKey } | Pseudonymize | undefined
  /** Takes prompts, answers, and arguments and results of tools off every AI span that ends. */
  readonly dropContent?: boolean | undefined
}

/** Makes what an application said of a payer fit to leave the process. */
export interface Redactor {
  /**
   * The payer as it may be told. An id that may not be is `''`: somebody was stated, so that nobody
   * further out pays instead. The same object if nothing changes.
   */
  readonly attribution: (raw: Attribution) => Attribution
  /** The same for an id; `''` if it may not be told. */
  readonly id: (raw: string) => string
  /** For text that may be anything: only what looks personal changes. */
  readonly text: (raw: string) => string
  /** Whether every id is replaced, not only one that looks personal. */
  readonly replacesAll: boolean
  /** `personalIds: 'keep'`: nothing is taken off, whatever it holds. */
  readonly keepsAll: boolean
  readonly dropContent: boolean
}

/** Names of what is the id of a user or a tenant, in whatever spelling. */
const ids = /(^|\.)((end)?user|tenant|safety)([._]?(ids?|identifier))?$/i

/** Whether what stands under that name, or at the end of that path, is somebody's id. */
export function isIdName(name: string): boolean {
  return ids.test(name)
}

/** Ids whose answer is remembered. */
const REMEMBERED = 4096

/**
 * What the `privacy` option asks for.
 *
 * @throws TypeError if the option is malformed; a key is in no message.
 */
export function createRedactor(privacy: PrivacyOptions = {}): Redactor {
  if (typeof privacy !== 'object' || privacy === null) {
    throw invalidOption('privacy', 'an object', privacy)
  }
  rejectUnknown(privacy, 'privacy', ['personalIds', 'pseudonymize', 'dropContent'])
  const { personalIds = 'omit', pseudonymize, dropContent = false } = privacy
  if (personalIds !== 'omit' && personalIds !== 'keep') {
    throw invalidOption('privacy.personalIds', "'omit' or 'keep'", personalIds)
  }
  if (personalIds === 'keep' && pseudonymize !== undefined) {
    throw invalidOption('privacy.personalIds', "'omit' or absent beside pseudonymize", personalIds)
  }
  if (typeof dropContent !== 'boolean') {
    throw invalidOption('privacy.dropContent', 'a boolean', dropContent)
  }
  const pseudonymOf = pseudonymizerOf(pseudonymize)
  const toldPersonal = (raw: string): string => {
    if (personalIds === 'keep' || !looksPersonal(raw)) return raw
    return pseudonymOf === undefined ? '' : pseudonymOf(raw)
  }
  const id = remembering((raw) => {
    if (!isIdentifier(raw)) return ''
    return pseudonymOf === undefined ? toldPersonal(raw) : pseudonymOf(raw)
  })
  const text = remembering(toldPersonal)
  return {
    id,
    text,
    attribution: (raw) => protectedAttribution(raw, id, text, pseudonymOf !== undefined),
    replacesAll: pseudonymOf !== undefined,
    keepsAll: personalIds === 'keep',
    dropContent,
  }
}

function pseudonymizerOf(pseudonymize: PrivacyOptions['pseudonymize']): Pseudonymize | undefined {
  if (pseudonymize === undefined) return undefined
  if (typeof pseudonymize === 'function') return once(pseudonymize)
  if (typeof pseudonymize !== 'object' || pseudonymize === null) {
    throw invalidOption('privacy.pseudonymize', 'an object with a key, or a function', pseudonymize)
  }
  rejectUnknown(pseudonymize, 'privacy.pseudonymize', ['key'])
  return once(createPseudonymizer('privacy.pseudonymize.key', pseudonymize.key))
}

/** A pseudonym is made at the source only: what is one is left alone, whichever process made it. */
function once(pseudonymize: Pseudonymize): Pseudonymize {
  const made = new Set<string>()
  return (id) => {
    if (isPseudonym(id) || made.has(id)) return id
    try {
      const pseudonym: unknown = pseudonymize(id)
      if (typeof pseudonym !== 'string') {
        catchRejection(pseudonym)
        return ''
      }
      if (made.size >= REMEMBERED) made.clear()
      made.add(pseudonym)
      return pseudonym
    } catch {
      // Without a pseudonym the id does not leave.
      return ''
    }
  }
}

/** The same few users come again and again: most of what is asked was asked before. */
function remembering(answer: (raw: string) => string): (raw: string) => string {
  const answers = new Map<string, string>()
  return (raw) => {
    const known = answers.get(raw)
    if (known !== undefined) return known
    const found = answer(raw)
    if (answers.size >= REMEMBERED) answers.clear()
    if (raw.length <= LONGEST_ID) answers.set(raw, found)
    return found
  }
}

function protectedAttribution(
  raw: Attribution,
  id: (raw: string) => string,
  text: (raw: string) => string,
  replacesAll: boolean,
): Attribution {
  const { userId, tenantId, plan, tags } = raw
  const safeUserId = userId && id(userId)
  const safeTenantId = tenantId && id(tenantId)
  const safePlan = plan && text(plan)
  const isId = (name: string, value: string): boolean =>
    replacesAll && (isIdName(name) || value === userId || value === tenantId)
  const safeTags =
    tags &&
    protectedTags(tags, (name, tag) =>
      text(name) === name ? (isId(name, tag) ? id(tag) : text(tag)) : '',
    )
  return safeUserId === userId &&
    safeTenantId === tenantId &&
    safePlan === plan &&
    safeTags === tags
    ? raw
    : { userId: safeUserId, tenantId: safeTenantId, plan: safePlan, tags: safeTags }
}

function protectedTags(
  tags: NonNullable<Attribution['tags']>,
  toPublicAttribution: (name: string, tag: string) => string,
): Attribution['tags'] {
  let safe: { [name: string]: string } | undefined
  for (const name of Object.keys(tags)) {
    const raw = tags[name] ?? ''
    const told = toPublicAttribution(name, raw)
    if (told === raw) continue
    safe ??= Object.assign(Object.create(null) as { [name: string]: string }, tags)
    safe[name] = told
  }
  return safe ?? tags
}
