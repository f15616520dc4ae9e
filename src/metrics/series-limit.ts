import { LONGEST_ID } from '../conventions/model-call.ts'
import { providerName } from '../conventions/provider-name.ts'
import type { Charge } from '../charge/charge.ts'
import type { MeteredAttributes } from '../span/attribute-names.ts'

/** As a type, not an interface: only so do they fit OpenTelemetry's. */
type Labels = { readonly [Name in keyof MeteredAttributes]: MeteredAttributes[Name] }

/** The labels of one series, and with the kind of token, ready to be handed over. */
export interface Series {
  readonly labels: Labels
  readonly tokens: {
    readonly [kind in 'input' | 'cacheRead' | 'cacheWrite' | 'output']: Labels
  }
}

/** What is counted together with others, because there are too many to be counted alone. */
const OTHER = 'other'

/** Series beyond the maximum that still tell providers apart. */
const MAXIMUM_OTHERS = 90

/**
 * Hands out the labels of a charge, the same object each time, and no more than a number of them. Whoever comes
 * later is counted under `other`: first the payer, the plan and the model, then the provider too, for each of these
 * may come from outside.
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
      this.#named.of(labels, quoted) ??
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
  of(labels: Labels, told?: (labels: Labels) => Labels): Series | undefined {
    const key = keyOf(labels)
    const known = this.#series.get(key)
    if (known !== undefined) return known
    if (this.#series.size >= this.#maximum) return undefined
    const series = toSeries(told?.(labels) ?? labels)
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

/** Who is really called `other` is told in quotes, and so is who is really called that. */
function unlikeOther(text: string): string {
  return /^'*other'*$/.test(text) ? `'${text}'` : text
}

function quoted(labels: Labels): Labels {
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

/** As JSON: labels come from outside, and no text of one may be taken for a part of another. */
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
