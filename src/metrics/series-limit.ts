import { LONGEST_ID } from '../conventions/model-call.ts'
import { providerName } from '../conventions/provider-name.ts'
import type { Charge } from '../charge/charge.ts'
import type { MeteredAttributes } from '../span/attribute-names.ts'

/** A type, because an interface is not assignable to OpenTelemetry's. */
type Labels = { readonly [Name in keyof MeteredAttributes]: MeteredAttributes[Name] }

/** The labels of one series, also with each kind of token. */
export interface Series {
  /** The labels of costs and calls. */
  readonly labels: Labels
  /** The labels of tokens, for each kind. */
  readonly tokens: {
    readonly [kind in 'input' | 'cacheRead' | 'cacheWrite' | 'output']: Labels
  }
}

/** The label of all that exceeds the limit. */
const OTHER = 'other'

/** Series beyond the limit that still distinguish providers. */
const MAXIMUM_OTHERS = 90

/**
 * Returns the labels of a charge, the same object for the same labels, and a limited number of them. Beyond the limit
 * labels become `other`: first attribution, plan and model, then the provider too, because each of these may come
 * from outside.
 */
export class SeriesLimit {
  readonly #named: Bounded
  readonly #others = new Bounded(MAXIMUM_OTHERS)
  readonly #rest = new Map<Charge['status'], Series>()
  readonly #byTenant: boolean
  readonly #byUser: boolean

  constructor(maximum: number, by: readonly string[]) {
    this.#named = new Bounded(maximum)
    this.#byTenant = by.includes('tenant')
    this.#byUser = by.includes('user')
  }

  of(charge: Charge): Series {
    const labels = this.#labelsOf(charge)
    return (
      this.#named.of(labels, quoteOther) ??
      this.#others.of(withoutNames(labels)) ??
      this.#restOf(charge.status)
    )
  }

  /** Statuses are few, and known. */
  #restOf(status: Charge['status']): Series {
    const known = this.#rest.get(status)
    if (known !== undefined) return known
    const series = toSeries({
      'gen_ai.provider.name': OTHER,
      'gen_ai.response.model': OTHER,
      'cost.status': status,
      'cost.plan': OTHER,
      ...(this.#byTenant && { 'tenant.id': OTHER }),
      ...(this.#byUser && { 'user.id': OTHER }),
    })
    this.#rest.set(status, series)
    return series
  }

  #labelsOf({ call, status, source, attribution }: Charge): Labels {
    const { plan, tenantId, userId } = attribution
    const model = call.responseModel ?? call.requestModel ?? 'unknown'
    return {
      'gen_ai.provider.name': providerName(call).slice(0, LONGEST_ID),
      'gen_ai.response.model': model.slice(0, LONGEST_ID),
      'cost.status': status,
      ...(source !== undefined && { 'cost.source': source }),
      ...(plan !== undefined && { 'cost.plan': plan }),
      ...(this.#byTenant && tenantId !== undefined && { 'tenant.id': tenantId }),
      ...(this.#byUser && userId !== undefined && { 'user.id': userId }),
    }
  }
}

/** Series, up to a number of them. */
class Bounded {
  readonly #series = new Map<string, Series>()
  readonly #maximum: number

  constructor(maximum: number) {
    this.#maximum = maximum
  }

  /** `undefined` if it is one too many. */
  of(labels: Labels, map?: (labels: Labels) => Labels): Series | undefined {
    const key = keyOf(labels)
    const known = this.#series.get(key)
    if (known !== undefined) return known
    if (this.#series.size >= this.#maximum) return undefined
    const series = toSeries(map?.(labels) ?? labels)
    this.#series.set(key, series)
    return series
  }
}

function toSeries(labels: Labels): Series {
  return {
    labels,
    tokens: {
      input: { ...labels, 'gen_ai.token.type': 'input' },
      cacheRead: { ...labels, 'gen_ai.token.type': 'cache_read' },
      cacheWrite: { ...labels, 'gen_ai.token.type': 'cache_write' },
      output: { ...labels, 'gen_ai.token.type': 'output' },
    },
  }
}

/** Quotes a real value `other`, and a real value that is quoted so. */
function unlikeOther(text: string): string {
  return /^'*other'*$/.test(text) ? `'${text}'` : text
}

function quoteOther(labels: Labels): Labels {
  const { 'cost.plan': plan, 'tenant.id': tenant, 'user.id': user } = labels
  return {
    ...labels,
    'gen_ai.provider.name': unlikeOther(labels['gen_ai.provider.name']),
    'gen_ai.response.model': unlikeOther(labels['gen_ai.response.model']),
    ...(plan !== undefined && { 'cost.plan': unlikeOther(plan) }),
    ...(tenant !== undefined && { 'tenant.id': unlikeOther(tenant) }),
    ...(user !== undefined && { 'user.id': unlikeOther(user) }),
  }
}

function withoutNames(labels: Labels): Labels {
  return {
    'gen_ai.provider.name': unlikeOther(labels['gen_ai.provider.name']),
    'gen_ai.response.model': OTHER,
    'cost.status': labels['cost.status'],
    ...(labels['cost.source'] !== undefined && { 'cost.source': labels['cost.source'] }),
    ...(labels['cost.plan'] !== undefined && { 'cost.plan': OTHER }),
    ...(labels['tenant.id'] !== undefined && { 'tenant.id': OTHER }),
    ...(labels['user.id'] !== undefined && { 'user.id': OTHER }),
  }
}

/** As JSON: labels come from outside, and the text of one must not look like part of another. */
function keyOf(labels: Labels): string {
  return JSON.stringify([
    labels['gen_ai.provider.name'],
    labels['gen_ai.response.model'],
    labels['cost.status'],
    labels['cost.source'],
    labels['cost.plan'],
    labels['tenant.id'],
    labels['user.id'],
  ])
}
