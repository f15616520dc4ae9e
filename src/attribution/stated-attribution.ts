import { wasEnriched } from '../span/enriched.ts'
import { COST_TAG_PREFIX } from '../span/attribute-names.ts'
import { attributeNamed, type SpanAttributes } from '../span/span.ts'
import {
  REDACTED,
  toIdentifier,
  unattributed,
  type Redacted,
  type StatedAttribution,
} from './attribution.ts'
import { isCopyOf, type IncomingBaggage } from './baggage.ts'

/*
 * Every attribute is read by an expression of its own: V8 cannot specialise a loop over names, which takes ten times as
 * long on every AI span.
 */

/**
 * The attribution that the attributes of a span state, the most specific first. Tags are left out, because to search for
 * them takes longer than all else. Values that equal untrusted `baggage` are ignored, because some processors copy
 * baggage onto spans.
 */
export function statedAttribution(
  attributes: SpanAttributes,
  baggage?: IncomingBaggage,
): StatedAttribution {
  const own = baggage === undefined ? attributes : withoutBaggage(attributes, baggage)
  const userId =
    toIdentifier(own['ai.telemetry.metadata.userId']) ??
    toIdentifier(own['ai.telemetry.metadata.user_id']) ??
    toIdentifier(own['ai.settings.context.userId']) ??
    toIdentifier(own['ai.settings.context.user_id']) ??
    toIdentifier(own['user.id'])
  const tenantId =
    toIdentifier(own['ai.telemetry.metadata.tenantId']) ??
    toIdentifier(own['ai.telemetry.metadata.tenant_id']) ??
    toIdentifier(own['ai.settings.context.tenantId']) ??
    toIdentifier(own['ai.settings.context.tenant_id']) ??
    toIdentifier(own['tenant.id'])
  const plan =
    toIdentifier(own['ai.telemetry.metadata.plan']) ??
    toIdentifier(own['ai.settings.context.plan']) ??
    toIdentifier(own['cost.plan'])
  if (userId === undefined && tenantId === undefined && plan === undefined) return unattributed
  return { userId, tenantId, plan }
}

const FIRST_OF_GEN_AI = 'g'.charCodeAt(0)

/** The answers of {@link namesOf}: GenAI attributes only, other attributes, or some that may state an attribution. */
export const GEN_AI_NAMES = 0
export const OTHER_NAMES = 1
export const ATTRIBUTION_NAMES = 2

/**
 * Looks at the names alone. For the few attributes that a `gen_ai.*` span starts with this is quicker than to look up each
 * attribute that can state an attribution; `ai.*` spans have too many.
 */
export function namesOf(attributes: SpanAttributes): number {
  let names: number = GEN_AI_NAMES
  for (const name in attributes) {
    // Most names begin with this letter, and to compare one letter is quickest.
    if (name.charCodeAt(0) === FIRST_OF_GEN_AI) continue
    names = OTHER_NAMES
    if (name.startsWith('ai.')) return ATTRIBUTION_NAMES
    if (name === 'user.id' || name === 'tenant.id' || name === 'cost.plan') return ATTRIBUTION_NAMES
  }
  return names
}

const attributionNames = [
  'ai.telemetry.metadata.userId',
  'ai.telemetry.metadata.user_id',
  'ai.settings.context.userId',
  'ai.settings.context.user_id',
  'user.id',
  'ai.telemetry.metadata.tenantId',
  'ai.telemetry.metadata.tenant_id',
  'ai.settings.context.tenantId',
  'ai.settings.context.tenant_id',
  'tenant.id',
  'ai.telemetry.metadata.plan',
  'ai.settings.context.plan',
  'cost.plan',
] as const

/**
 * The attributes that state an attribution and are no copies of baggage: of the entry with their name, or, unless the AI
 * SDK writes them, of any entry. Langfuse's processor writes the entry `langfuse_user_id` as `user.id`.
 */
function withoutBaggage(attributes: SpanAttributes, baggage: IncomingBaggage): SpanAttributes {
  const own: { [name: string]: unknown } = {}
  for (const name of attributionNames) {
    const value = attributes[name]
    const id = toIdentifier(value)
    if (id === undefined) continue
    const isCopy = name.startsWith('ai.')
      ? isCopyOf(baggage.get(name), id)
      : isCopyOfAny(baggage, id)
    if (!isCopy) own[name] = value
  }
  return own
}

function isCopyOfAny(baggage: IncomingBaggage, id: string | Redacted): boolean {
  for (const entry of baggage.values()) if (isCopyOf(entry, id)) return true
  return false
}

/** Whether an open span states another user now, or a tenant or plan that was not known. */
export function namesMore(attributes: SpanAttributes, known: StatedAttribution): boolean {
  const userId = attributes['user.id']
  return (
    (userId !== undefined && userId !== known.userId) ||
    (known.tenantId === undefined && attributes['tenant.id'] !== undefined) ||
    (known.plan === undefined && attributes['cost.plan'] !== undefined)
  )
}

/**
 * The attribution on a finished span, tags included. Where costspan wrote it, it is complete: other
 * attributes that may name a user are not read.
 */
export function readAttribution(
  attributes: SpanAttributes,
  isEnriched = wasEnriched(attributes),
): StatedAttribution {
  const stated = isEnriched ? writtenAttribution(attributes) : statedAttribution(attributes)
  let tags: { [name: string]: string } | undefined
  for (const name of Object.keys(attributes)) {
    if (!name.startsWith(COST_TAG_PREFIX)) continue
    const tag = toIdentifier(attributeNamed(attributes, name))
    if (tag === undefined) continue
    tags ??= Object.create(null) as { [name: string]: string }
    tags[name.slice(COST_TAG_PREFIX.length)] = tag === REDACTED ? '' : tag
  }
  return tags === undefined ? stated : { ...stated, tags }
}

function writtenAttribution(attributes: SpanAttributes): StatedAttribution {
  const written: StatedAttribution = {
    userId: toIdentifier(attributes['user.id']),
    tenantId: toIdentifier(attributes['tenant.id']),
    plan: toIdentifier(attributes['cost.plan']),
  }
  return attributes['cost.attribution'] === 'redacted' ? { ...written, redacted: true } : written
}
