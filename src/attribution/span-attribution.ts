import { propagation, type Baggage, type Context } from '@opentelemetry/api'
import * as names from '../span/attribute-names.ts'
import type { SpanAttributes } from '../span/span.ts'
import { nobody, toIdentifier, type Attribution } from './attribution.ts'

/*
 * Every attribute is read at a place of its own: a loop over names is one place that V8 cannot
 * specialise, and costs ten times as much on every AI span.
 */

/**
 * What a span says of its own payer, closest first; tags left out, because to look for them costs
 * more than all else. What equals the `baggage` that came with a request is not believed: anybody
 * can send it, and processors exist that copy it onto spans.
 */
export function statedAttribution(attributes: SpanAttributes, baggage?: Baggage): Attribution {
  const told = baggage === undefined ? attributes : withoutBaggage(attributes, baggage)
  const userId =
    toIdentifier(told[names.AI_METADATA_USER_ID]) ??
    toIdentifier(told[names.AI_METADATA_USER_ID_SNAKE]) ??
    toIdentifier(told[names.AI_CONTEXT_USER_ID]) ??
    toIdentifier(told[names.AI_CONTEXT_USER_ID_SNAKE]) ??
    toIdentifier(told[names.USER_ID])
  const tenantId =
    toIdentifier(told[names.AI_METADATA_TENANT_ID]) ??
    toIdentifier(told[names.AI_METADATA_TENANT_ID_SNAKE]) ??
    toIdentifier(told[names.AI_CONTEXT_TENANT_ID]) ??
    toIdentifier(told[names.AI_CONTEXT_TENANT_ID_SNAKE]) ??
    toIdentifier(told[names.TENANT_ID])
  const plan =
    toIdentifier(told[names.AI_METADATA_PLAN]) ??
    toIdentifier(told[names.AI_CONTEXT_PLAN]) ??
    toIdentifier(told[names.COST_PLAN])
  if (userId === undefined && tenantId === undefined && plan === undefined) return nobody
  return { userId, tenantId, plan }
}

const FIRST_OF_GEN_AI = 'g'.charCodeAt(0)

/**
 * Whether none of a span's attributes can name a payer. Quicker than to ask for each of them on
 * the few attributes that a `gen_ai.*` span starts with; `ai.*` spans have too many.
 */
export function namesNobody(attributes: SpanAttributes): boolean {
  for (const name in attributes) {
    // Most names begin with this letter, and to compare one letter is quickest.
    if (name.charCodeAt(0) === FIRST_OF_GEN_AI) continue
    if (name.startsWith('ai.')) return false
    if (name === names.USER_ID || name === names.TENANT_ID || name === names.COST_PLAN) return false
  }
  return true
}

const payerNames = [
  names.AI_METADATA_USER_ID,
  names.AI_METADATA_USER_ID_SNAKE,
  names.AI_CONTEXT_USER_ID,
  names.AI_CONTEXT_USER_ID_SNAKE,
  names.USER_ID,
  names.AI_METADATA_TENANT_ID,
  names.AI_METADATA_TENANT_ID_SNAKE,
  names.AI_CONTEXT_TENANT_ID,
  names.AI_CONTEXT_TENANT_ID_SNAKE,
  names.TENANT_ID,
  names.AI_METADATA_PLAN,
  names.AI_CONTEXT_PLAN,
  names.COST_PLAN,
] as const

/** What names a payer and did not come in as baggage of that name and value. */
function withoutBaggage(attributes: SpanAttributes, baggage: Baggage): SpanAttributes {
  const told: { [name: string]: unknown } = {}
  for (const name of payerNames) {
    const value = attributes[name]
    const carried = baggage.getEntry(name)?.value
    if (value !== undefined && (carried === undefined || carried !== toIdentifier(value)))
      told[name] = value
  }
  return told
}

/** Whether an open span has come to name another user, or what was not known of this one. */
export function saysMore(attributes: SpanAttributes, known: Attribution): boolean {
  const userId = attributes[names.USER_ID]
  return (
    (userId !== undefined && userId !== known.userId) ||
    (known.tenantId === undefined && attributes[names.TENANT_ID] !== undefined) ||
    (known.plan === undefined && attributes[names.COST_PLAN] !== undefined)
  )
}

/** The baggage of a context, which came from outside or may have. */
export function baggageOf(from: Context): Baggage | undefined {
  return propagation.getBaggage(from)
}

/** All that a finished span says of its payer, tags too. A stamp says it once and for all. */
export function readAttribution(attributes: SpanAttributes): Attribution {
  const isStamped =
    attributes[names.COST_STATUS] !== undefined || attributes[names.COST_ATTRIBUTION] !== undefined
  const stated = isStamped ? stampedAttribution(attributes) : statedAttribution(attributes)
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

function stampedAttribution(attributes: SpanAttributes): Attribution {
  return {
    userId: toIdentifier(attributes[names.USER_ID]),
    tenantId: toIdentifier(attributes[names.TENANT_ID]),
    plan: toIdentifier(attributes[names.COST_PLAN]),
  }
}
