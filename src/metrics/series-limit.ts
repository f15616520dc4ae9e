import { LONGEST_ID } from '../call/model-call.ts'
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

/**
 * Hands out the labels of a charge, the same object each time, and no more than a number of them. Whoever comes
 * later is counted under `other`: first the payer, the plan and the model, which come from outside.
 */
export class SeriesLimit {
  readonly #series = new Map<string, Series>()
  readonly #maximum: number
  readonly #byTenant: boolean
  readonly #byUser: boolean

  constructor(maximum: number, by: readonly string[]) {
    this.#maximum = maximum
    this.#byTenant = by.includes('tenant')
    this.#byUser = by.includes('user')
  }

  of(charge: Charge): Series {
    const labels = this.#labelsOf(charge)
    const key = keyOf(labels)
    const known = this.#series.get(key)
    if (known !== undefined) return known
    if (this.#series.size < this.#maximum) return this.#keep(key, labels)
    const others = withoutNames(labels)
    const otherKey = keyOf(others)
    return this.#series.get(otherKey) ?? this.#keep(otherKey, others)
  }

  #keep(key: string, labels: Labels): Series {
    const series: Series = {
      labels,
      tokens: {
        input: { ...labels, 'gen_ai.token.type': 'input' },
        cacheRead: { ...labels, 'gen_ai.token.type': 'cache_read' },
        cacheWrite: { ...labels, 'gen_ai.token.type': 'cache_write' },
        output: { ...labels, 'gen_ai.token.type': 'output' },
      },
    }
    this.#series.set(key, series)
    return series
  }

  #labelsOf({ call, status, source, attribution }: Charge): Labels {
    const { plan, tenantId, userId } = attribution
    return {
      'gen_ai.provider.name': call.family,
      'gen_ai.response.model': (call.responseModel ?? call.requestModel ?? 'unknown').slice(
        0,
        LONGEST_ID,
      ),
      'cost.status': status,
      ...(source !== undefined && { 'cost.source': source }),
      ...(plan !== undefined && { 'cost.plan': plan }),
      ...(this.#byTenant && tenantId !== undefined && { 'tenant.id': tenantId }),
      ...(this.#byUser && userId !== undefined && { 'user.id': userId }),
    }
  }
}

/** Families of providers, statuses and sources are few, and known. */
function withoutNames(labels: Labels): Labels {
  return {
    'gen_ai.provider.name': labels['gen_ai.provider.name'],
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
