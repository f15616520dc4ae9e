import {
  isIdentifier,
  REDACTED,
  type Attribution,
  type Redacted,
  type StatedAttribution,
} from '../attribution/attribution.ts'
import { LONGEST_ID } from '../conventions/model-call.ts'
import { invalidOption, rejectUnknown } from '../invalid-option.ts'
import { memoize } from '../memoize.ts'
import { catchRejection } from '../thenable.ts'
import { contentDropper, type DropContent } from './content-option.ts'
import type { SecretKey } from './hmac.ts'
import { looksPersonal } from './detect-pii.ts'
import * as NameKind from './name-kind.ts'
import { createPseudonymizer, isPseudonym, type Pseudonymize } from './pseudonym.ts'
import { containsReplaced, noteReplaced, type ReplacedIds } from './replaced-ids.ts'

/** How ids and content are treated before they leave the process. */
export interface PrivacyOptions {
  /**
   * How an id that looks personal (an e-mail address, a phone number …) is treated: it is omitted, and `cost.attribution`
   * is `redacted`; or it is kept, at your own responsibility.
   * @defaultValue `'omit'`
   */
  readonly personalIds?: 'omit' | 'keep' | undefined
  /**
   * Replaces every `userId` and `tenantId`, and what looks personal elsewhere, by a stable pseudonym:
   * HMAC-SHA256 by a key of at least 16 characters, kept apart from all other keys; `costspan pseudonym`
   * makes the same from your list of users. Or a function of your own, which has to return its own
   * pseudonyms unchanged.
   */
  readonly pseudonymize?:
    | {
        /** The secret of the pseudonyms. Who has it can compute the pseudonym of any id. */
        readonly key: SecretKey
      }
    | Pseudonymize
    | undefined
  /**
   * Removes prompts, answers, and arguments and results of tools from every AI span that ends: the function `dropContent`
   * of costspan, or one of your own. If yours throws or returns a promise, every text is removed from the span, except
   * what costspan and the `backends` write; the backends are then called again.
   * @defaultValue `false`
   */
  readonly dropContent?: DropContent | false | undefined
}

/** Replaces or redacts ids and texts that must not leave the process. */
export interface Redactor {
  /** The same object if nothing changes. */
  readonly attribution: (raw: StatedAttribution) => StatedAttribution
  /** For a text that is an id. */
  readonly id: (raw: string) => string | Redacted
  /** For a text that may be anything: only one that looks personal changes. */
  readonly text: (raw: string) => string | Redacted
  /** One of `name-kind.ts`. The redactor asks for each attribute of an AI span, so one look-up has to answer all of it. */
  readonly nameKind: (name: string) => number
  /**
   * For the name of a function, an agent or a route of a call with this public attribution: one that looks personal
   * changes. Where all ids are replaced, so does one that contains the id of its user or tenant.
   */
  readonly callName: (raw: string, attribution: Attribution) => string | Redacted
  /** Whether every id is replaced, not only one that looks personal. */
  readonly replacesAll: boolean
  /** `personalIds: 'keep'`: nothing is redacted. */
  readonly keepsAll: boolean
  readonly dropContent: DropContent | undefined
}

/**
 * Names under which instrumentations and processors copy what an application states about its users: those of the AI SDK,
 * OpenTelemetry's `user` and `enduser`, Langfuse's, OpenInference's and Traceloop's, and our own. Prompts and answers
 * are content, and not among them.
 */
const copies =
  /^(ai\.(telemetry\.metadata|settings\.context|request\.headers)|(end)?user\.|tenant\.id$|cost\.(plan$|tag\.)|session\.id$|metadata|tag\.tags$|llm\.(user|invocation_parameters$)|traceloop\.association|langfuse\.(?!(trace|observation)\.(in|out)put))/

/** Names of attributes that are remembered. */
const MAXIMUM_NAMES = 1000

/** Names of the id of a user or a tenant, in any spelling. */
const ids = /(^|\.)((end)?user|tenant|safety)([._]?(ids?|identifier))?$/i

/** Whether a value under that name, or at the end of that path, is the id of a user or a tenant. */
export function isIdName(name: string): boolean {
  return ids.test(name)
}

/** Ids whose answer is remembered. */
const MAXIMUM_IDS = 4096

/**
 * The redactor for the `privacy` option.
 *
 * @throws TypeError if the option is malformed; a key is in no message.
 */
export function createRedactor(privacy: PrivacyOptions = {}): Redactor {
  rejectUnknown(privacy, 'privacy', ['personalIds', 'pseudonymize', 'dropContent'])
  const { personalIds = 'omit', pseudonymize } = privacy
  if (personalIds !== 'omit' && personalIds !== 'keep') {
    throw invalidOption('privacy.personalIds', "'omit' or 'keep'", personalIds)
  }
  const keepsAll = personalIds === 'keep'
  if (keepsAll && pseudonymize !== undefined) {
    throw invalidOption('privacy.personalIds', "'omit' or absent beside pseudonymize", personalIds)
  }
  const dropContent = contentDropper(privacy.dropContent)
  const pseudonymOf = pseudonymizerOf(pseudonymize)
  const replacesAll = pseudonymOf !== undefined
  const replacedIds: ReplacedIds = new Set()
  const replace = pseudonymOf ? once(pseudonymOf) : (): Redacted => REDACTED
  const replaceId = (raw: string): string | Redacted => {
    const pseudonym = replace(raw)
    if (pseudonym !== REDACTED && pseudonym !== raw) noteReplaced(replacedIds, raw, pseudonym)
    return pseudonym
  }
  const text = memoize((raw) => (keepsAll || !looksPersonal(raw) ? raw : replace(raw)), MAXIMUM_IDS)
  const id = memoize(
    (raw) => (isIdentifier(raw) ? (replacesAll ? replaceId(raw) : text(raw)) : REDACTED),
    MAXIMUM_IDS,
  )
  const nameKind = memoize((name): number => {
    if (!copies.test(name)) return NameKind.unrelated
    return isPublicName(name, text) ? NameKind.mayIdentify : NameKind.isPersonal
  }, MAXIMUM_NAMES)
  const callName = (raw: string, { userId, tenantId }: Attribution): string | Redacted =>
    containsReplaced(replacedIds, raw, userId) || containsReplaced(replacedIds, raw, tenantId)
      ? id(raw)
      : text(raw)
  const attribution = (raw: StatedAttribution): StatedAttribution =>
    redactAttribution(raw, id, text, replacesAll)
  return { id, text, nameKind, callName, attribution, replacesAll, keepsAll, dropContent }
}

type Redact = (raw: string) => string | Redacted

/** No name is longer than an id, and longer ones are not searched. */
export function isPublicName(name: string, text: Redact): boolean {
  return name.length <= LONGEST_ID && text(name) === name
}

function pseudonymizerOf(pseudonymize: PrivacyOptions['pseudonymize']): Pseudonymize | undefined {
  if (pseudonymize === undefined || typeof pseudonymize === 'function') return pseudonymize
  if (typeof pseudonymize !== 'object' || pseudonymize === null) {
    throw invalidOption('privacy.pseudonymize', 'an object with a key, or a function', pseudonymize)
  }
  rejectUnknown(pseudonymize, 'privacy.pseudonymize', ['key'])
  return createPseudonymizer('privacy.pseudonymize.key', pseudonymize.key)
}

/** Pseudonyms are made once: a pseudonym of this or any other process is left unchanged. */
function once(pseudonymize: Pseudonymize): Redact {
  const made = new Set<string>()
  return (id) => {
    if (isPseudonym(id) || made.has(id)) return id
    try {
      const pseudonym: unknown = pseudonymize(id)
      // Without a pseudonym the id does not leave.
      if (catchRejection(pseudonym) || typeof pseudonym !== 'string' || pseudonym === '')
        return REDACTED
      if (made.size >= MAXIMUM_IDS) made.clear()
      made.add(pseudonym)
      return pseudonym
    } catch {
      return REDACTED
    }
  }
}

function redactAttribution(
  raw: StatedAttribution,
  id: Redact,
  text: Redact,
  replacesAll: boolean,
): StatedAttribution {
  const { userId, tenantId, plan, tags } = raw
  const safeUserId = redactIn(userId, id)
  const safeTenantId = redactIn(tenantId, id)
  const safePlan = redactIn(plan, text)
  const safeTags = tags && redactTags(tags, tagRedactor(raw, id, text, replacesAll))
  return safeUserId === userId &&
    safeTenantId === tenantId &&
    safePlan === plan &&
    safeTags === tags
    ? raw
    : { userId: safeUserId, tenantId: safeTenantId, plan: safePlan, tags: safeTags }
}

function redactIn(
  field: string | Redacted | undefined,
  redact: Redact,
): string | Redacted | undefined {
  return typeof field === 'string' ? redact(field) : field
}

/** A tag may be a copy of an id. */
function tagRedactor(
  { userId, tenantId }: StatedAttribution,
  id: Redact,
  text: Redact,
  replacesAll: boolean,
): (name: string, tag: string) => string | Redacted {
  return (name, tag) => {
    if (text(name) !== name) return REDACTED
    const isId = replacesAll && (isIdName(name) || tag === userId || tag === tenantId)
    return isId ? id(tag) : text(tag)
  }
}

function redactTags(
  tags: NonNullable<Attribution['tags']>,
  redact: (name: string, tag: string) => string | Redacted,
): Attribution['tags'] {
  let safe: { [name: string]: string } | undefined
  for (const name of Object.keys(tags)) {
    const raw = tags[name] ?? ''
    const redacted = redact(name, raw)
    if (redacted === raw) continue
    safe ??= Object.assign(Object.create(null) as { [name: string]: string }, tags)
    safe[name] = redacted === REDACTED ? '' : redacted
  }
  return safe ?? tags
}
