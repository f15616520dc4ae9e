import { invalidOption } from '../invalid-option.ts'
import { idPattern } from './id-pattern.ts'
import { OverrideModels, type ModelPattern } from './override-models.ts'
import { toRowPrice } from './override-price.ts'
import { validateRow, type PriceRow } from './price-row.ts'
import type { PriceSource } from './price.ts'

export type { PriceRow } from './price-row.ts'

/**
 * A price source of your own rows, in US dollars: for a million tokens or characters, for a second,
 * a search, a request. Put it before `catalog`: `prices: [definePrices('contract-7', rows), catalog]`.
 * Its costs carry `cost.source: override`. A row of zeros is free, which is not unknown.
 *
 * @param version goes into `cost.price_version`, followed by the versions of what rows are laid
 * `over`; change it with every change of the rows.
 * @param rows in any order; {@link PriceRow} states which of them decides.
 * @throws TypeError if a row is malformed, naming the field, or if two rows of one provider and model
 * begin on the same day.
 *
 * @example
 * ```ts
 * import { catalog } from 'costspan'
 * import { definePrices } from 'costspan/prices'
 *
 * const contract = definePrices('2026-11', [
 *   // All that begins with `gpt-` 10 % cheaper than listed, for a year …
 *   { provider: 'openai', model: /^gpt-/, over: catalog, factor: 0.9, from: '2026-01-01', until: '2027-01-01' },
 *   // … but for a fine-tune, by the million tokens, and a model on a GPU of your own, by the second.
 *   { provider: 'openai', model: 'ft:gpt-4o:acme', input: 3.75, output: 15, tiers: { flex: { input: 1.9, output: 7.5 } } },
 *   { provider: 'my-gpu', model: 'llama-4', durationSecond: 0.00069 },
 * ])
 * ```
 */
export function definePrices(version: string, rows: readonly PriceRow[]): PriceSource {
  if (typeof version !== 'string' || version === '') {
    throw invalidOption('version', 'a string that is not empty', version)
  }
  if (!Array.isArray(rows)) throw invalidOption('rows', 'an array of price rows', rows)
  const providers = new Map<string, OverrideModels>()
  const versions = new Set([version])
  rows.forEach((row: unknown, index) => {
    validateRow(row, `rows[${index}]`)
    addRow(providers, row, `rows[${index}]`)
    if (row.over !== undefined) versions.add(row.over.version)
  })
  return {
    version: [...versions].join('+'),
    source: 'override',
    find(query) {
      const { provider, family, model, at } = query
      const price =
        providers.get(provider)?.find(model, at) ??
        (family === provider ? undefined : providers.get(family)?.find(model, at))
      return price === undefined ? 'model_without_price' : price(query)
    },
  }
}

function addRow(providers: Map<string, OverrideModels>, row: PriceRow, path: string): void {
  const { provider, model, from, until } = row
  const models = providers.get(provider) ?? new OverrideModels(provider)
  providers.set(provider, models)
  const added = models.add(typeof model === 'string' ? model : toModelPattern(model, path), {
    from: from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(from),
    until: until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until),
    price: toRowPrice(row),
  })
  if (!added) throw invalidOption(path, 'the only row of its provider, model and day')
}

/** Copies the RegExp, because `compile` can change one in place. */
function toModelPattern(model: RegExp, path: string): ModelPattern {
  const pattern = new RegExp(model)
  const matches = idPattern(pattern)
  if (matches === undefined) {
    throw invalidOption(
      `${path}.model`,
      'a RegExp whose time has a bound: repeat no group that repeats something itself, as in (a+)+, together with a backreference, a lookbehind or flags of a group',
      String(pattern),
    )
  }
  return { source: String(pattern), matches }
}
