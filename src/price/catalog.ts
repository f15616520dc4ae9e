import type { ProviderFamily } from '../call/provider-family.ts'
import { catalogJson } from './catalog-data.ts'
import {
  fineTuned,
  madeBy,
  otherName,
  snapshotOf,
  withoutResource,
  withoutRoute,
} from './model-id.ts'
import type { PriceSource } from './price.ts'
import {
  toPeriods,
  type Card,
  type Period,
  type StoredCatalog,
  type StoredModel,
} from './stored-catalog.ts'

/** A model as the catalogue lists it. */
export interface ListedModel {
  readonly family: ProviderFamily
  /** As in the catalogue; the span's id may be a snapshot of it. */
  readonly model: string
  /** Ascending; the last one that has begun is valid. */
  readonly periods: readonly Period[]
}

/**
 * A compiled catalogue. It is parsed when it is first asked, and a model's card is built when that
 * model is: the first price of a process waits for nothing else. It remembers nothing but its own
 * models, so what it is asked for cannot make it grow.
 */
class Catalog {
  readonly #json: string
  #stored: StoredCatalog | undefined
  readonly #families = new Map<ProviderFamily, Map<string, StoredModel | ListedModel>>()

  constructor(json: string) {
    this.#json = json
  }

  /** A family's models by id. Other families are put into a map when they are asked for. */
  models(family: ProviderFamily): Map<string, StoredModel | ListedModel> | undefined {
    const known = this.#families.get(family)
    if (known !== undefined) return known
    const { families } = this.stored
    if (!Object.hasOwn(families, family)) return undefined
    const models = new Map<string, StoredModel | ListedModel>(
      Object.entries(families[family] ?? {}),
    )
    this.#families.set(family, models)
    return models
  }

  get stored(): StoredCatalog {
    return (this.#stored ??= JSON.parse(this.#json) as StoredCatalog)
  }

  /** The model of exactly that id. */
  get(family: ProviderFamily, model: string): ListedModel | undefined {
    const models = this.models(family)
    const found = models?.get(model)
    if (models === undefined || found === undefined) return undefined
    if (typeof found === 'object' && 'periods' in found) return found
    const listed = { family, model, periods: toPeriods(this.stored, found) }
    models.set(model, listed)
    return listed
  }

  /** The model that an id names: exactly, or by one of the forms that `model-id.ts` knows. */
  find(family: ProviderFamily, id: string): ListedModel | undefined {
    const exact = this.get(family, id)
    if (exact !== undefined) return exact
    const tuned = fineTuned(id)
    if (tuned !== undefined) return this.get(family, tuned)
    return this.#findNamed(family, withoutRoute(family, withoutResource(family, id)))
  }

  #findNamed(family: ProviderFamily, model: string): ListedModel | undefined {
    const other = otherName(family, model)
    const snapshot = snapshotOf(family, model)
    return (
      this.get(family, model) ??
      (other === undefined ? undefined : this.get(family, other)) ??
      (snapshot === undefined ? undefined : this.#findNamed(family, snapshot)) ??
      (family === 'gateway' ? this.#findMade(model) : undefined)
    )
  }

  /** Vercel's gateway charges what the maker does, for all that it does not list otherwise. */
  #findMade(model: string): ListedModel | undefined {
    const made = madeBy(model)
    return made === undefined ? undefined : this.#findNamed(made.family, made.model)
  }
}

const compiled = new Catalog(catalogJson.json)

/** The model that the catalogue lists for an id of a span, if any. */
export function listedModel(family: ProviderFamily, model: string): ListedModel | undefined {
  return compiled.find(family, model)
}

/** Every family of the catalogue, and the ids it lists. */
export function listedIds(): ReadonlyMap<ProviderFamily, readonly string[]> {
  const families = Object.keys(compiled.stored.families)
  return new Map(families.map((family) => [family, [...(compiled.models(family)?.keys() ?? [])]]))
}

/** The card that is valid at a moment, in milliseconds since the epoch. */
export function cardAt(periods: readonly Period[], at: number): Card | undefined {
  for (let index = periods.length - 1; index >= 0; index--) {
    const period = periods[index]
    if (period !== undefined && at >= period.from) {
      return period.card.hours.length === 0 ? period.card : cardAtHour(period.card, at)
    }
  }
  return undefined
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

function cardAtHour(card: Card, at: number): Card {
  const day = Math.floor(at / DAY)
  const minute = Math.floor((at - day * DAY) / MINUTE)
  // The epoch began on a Thursday.
  const weekday = String(((((day + 3) % 7) + 7) % 7) + 1)
  const hours = card.hours.find(
    ({ weekdays, fromMinute, untilMinute }) =>
      weekdays.includes(weekday) && minute >= fromMinute && minute < untilMinute,
  )
  return hours?.card ?? card
}

/**
 * List prices by provider and model, compiled from maintained datasets (see
 * `docs/decisions/0007-catalogue.md`). Looks nothing up in a network.
 */
export const catalog: PriceSource = {
  version: catalogJson.version,
  source: 'catalog',
  find({ family, model, at, serviceTier, region }) {
    const listed = compiled.find(family, model)
    const card = listed === undefined ? undefined : cardAt(listed.periods, at)
    if (card === undefined) return 'model_without_price'
    const prices = region === undefined ? card : card.regions.get(region)
    if (prices === undefined) return 'terms_without_price'
    if (serviceTier === undefined) return prices.standard
    return prices.tiers.get(serviceTier) ?? 'terms_without_price'
  },
}
