import { propagation, type Context } from '@opentelemetry/api'
import * as names from '../span/attribute-names.ts'
import type { SpanAttributes } from '../span/span.ts'
import { nobody, toIdentifier, type Attribution } from './attribution.ts'

/** Where a span states its own payer, closest first. */
const userIdNames = [
  `${names.AI_METADATA_PREFIX}userId`,
  `${names.AI_METADATA_PREFIX}user_id`,
  `${names.AI_CONTEXT_PREFIX}userId`,
  `${names.AI_CONTEXT_PREFIX}user_id`,
  names.USER_ID,
] as const
const tenantIdNames = [
  `${names.AI_METADATA_PREFIX}tenantId`,
  `${names.AI_METADATA_PREFIX}tenant_id`,
  `${names.AI_CONTEXT_PREFIX}tenantId`,
  `${names.AI_CONTEXT_PREFIX}tenant_id`,
  names.TENANT_ID,
] as const
const planNames = [
  `${names.AI_METADATA_PREFIX}plan`,
  `${names.AI_CONTEXT_PREFIX}plan`,
  names.COST_PLAN,
] as const

function firstIdentifier(attributes: SpanAttributes, from: readonly string[]): string | undefined {
  for (const name of from) {
    const id = toIdentifier(attributes[name])
    if (id !== undefined) return id
  }
  return undefined
}

/** What a span says of its own payer, tags left out: to look for them costs more than all else. */
export function statedAttribution(attributes: SpanAttributes): Attribution {
  const userId = firstIdentifier(attributes, userIdNames)
  const tenantId = firstIdentifier(attributes, tenantIdNames)
  const plan = firstIdentifier(attributes, planNames)
  if ((userId ?? tenantId ?? plan) === undefined) return nobody
  return { userId, tenantId, plan }
}

/** All that a finished span says of its payer, tags too. */
export function readAttribution(attributes: SpanAttributes): Attribution {
  const stated = statedAttribution(attributes)
  let tags: { [name: string]: string } | undefined
  for (const name of Object.keys(attributes)) {
    if (!name.startsWith(names.COST_TAG_PREFIX)) continue
    const tag = toIdentifier(attributes[name])
    if (tag === undefined) continue
    tags ??= Object.create(null) as { [name: string]: string }
    tags[name.slice(names.COST_TAG_PREFIX.length)] = tag
  }
  return tags === undefined ? stated : { ...stated, tags }
}

/**
 * The same, for a span that starts. Baggage comes in with requests from outside: a `user.id`
 * that some processor copied from there names no payer.
 */
export function statedAtStart(attributes: SpanAttributes, from: Context): Attribution {
  const stated = statedAttribution(attributes)
  if (stated === nobody || attributes[names.USER_ID] === undefined) return stated
  const carried = propagation.getBaggage(from)?.getEntry(names.USER_ID)?.value
  return carried !== undefined && carried === stated.userId && !userIdInCall(attributes)
    ? { ...stated, userId: undefined }
    : stated
}

function userIdInCall(attributes: SpanAttributes): boolean {
  return userIdNames.some((name) => name !== names.USER_ID && attributes[name] !== undefined)
}
