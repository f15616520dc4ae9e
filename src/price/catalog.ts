import type { ProviderFamily } from '../conventions/provider-family.ts'
import { packedCatalog, catalogVersion } from './catalog-data.ts'
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
  unpack,
  type Card,
  type Period,
  type StoredCatalog,
  type StoredModel,
} from './packed-catalog.ts'

/** A model as the catalog lists it. */
export interface ListedModel {
  /** The vendor whose price list it is in. */
  readonly family: ProviderFamily
  /** As in the catalog; the span's id may be a snapshot of it. */
  readonly model: string
  /** Ascending; the last one that has begun is valid. */
  readonly periods: readonly Period[]
}

/** The models of one family: as they are stored, and those that were asked for, by any id. */
interface Family {
  readonly stored: ReadonlyMap<string, StoredModel>
  readonly listed: Map<string, ListedModel>
}

/** Ids of a family that are remembered; then it begins anew, for ids come from outside. */
const MAXIMUM_IDS = 4096

/**
 * A compiled catalog. It is parsed when it is first asked, and a model's card is built when that
 * model is: the first price of a process waits for nothing else. It remembers some thousand ids of
 * models that it knows, and none of those that it does not.
 */
class Catalog {
  readonly #packed: string
  #stored: StoredCatalog | undefined
  readonly #families = new Map<ProviderFamily, Family>()
  // One call's model is most often the next one's, and to compare is quicker than to look up.
  #lastFamily: ProviderFamily | undefined
  #lastId: string | undefined
  #lastFound: ListedModel | undefined

  constructor(packed: string) {
    this.#packed = packed
  }

  get stored(): StoredCatalog {
    return (this.#stored ??= unpack(this.#packed))
  }

  /** The model that an id names: exactly, or by one of the forms that `model-id.ts` knows. */
  find(family: ProviderFamily, id: string): ListedModel | undefined {
    if (id === this.#lastId && family === this.#lastFamily) return this.#lastFound
    const found = this.#families.get(family)?.listed.get(id) ?? this.#remember(family, id)
    this.#lastFamily = family
    this.#lastId = id
    this.#lastFound = found
    return found
  }

  /** To take an id apart costs ten times as much as to look it up, and answers name snapshots. */
  #remember(family: ProviderFamily, id: string): ListedModel | undefined {
    const found = this.#resolve(family, id)
    const listed = this.#family(family)?.listed
    if (found === undefined || listed === undefined) return undefined
    if (listed.size >= MAXIMUM_IDS) listed.clear()
    listed.set(id, found)
    return found
  }

  #resolve(family: ProviderFamily, id: string): ListedModel | undefined {
    // OpenRouter charges nothing for an id that ends so (its FAQ): a real 0.
    if (family === 'openrouter' && id.endsWith(':free')) {
      return { family, model: id, periods: freePeriods }
    }
    const exact = this.#get(family, id)
    if (exact !== undefined) return exact
    const tuned = fineTuned(id)
    if (tuned !== undefined) return this.#get(family, tuned)
    let model: string | undefined = withoutRoute(family, withoutResource(family, id))
    let made: ReturnType<typeof madeBy>
    while (model !== undefined) {
      // Vercel's gateway charges the maker's price for each model that it does not list itself. A
      // snapshot may have a price of its own, so the maker's list is searched before the id is cut.
      made = family === 'gateway' ? madeBy(model) : undefined
      const found =
        this.#get(family, model) ??
        this.#get(family, otherName(family, model)) ??
        (made && this.#get(made.family, made.model))
      if (found !== undefined) return found
      model = snapshotOf(family, model)
    }
    return made && this.find(made.family, made.model)
  }

  #get(family: ProviderFamily, model: string): ListedModel | undefined {
    const models = this.#family(family)
    const stored = models?.stored.get(model)
    if (models === undefined || stored === undefined) return undefined
    const known = models.listed.get(model)
    if (known !== undefined) return known
    const listed = { family, model, periods: toPeriods(stored) }
    models.listed.set(model, listed)
    return listed
  }

  #family(family: ProviderFamily): Family | undefined {
    const known = this.#families.get(family)
    if (known !== undefined) return known
    const stored = this.stored.get(family)
    if (stored === undefined) return undefined
    const models = { stored, listed: new Map<string, ListedModel>() }
    this.#families.set(family, models)
    return models
  }
}

const freePeriods = toPeriods({ r: [0, 0] })

const compiled = new Catalog(packedCatalog)

/** The model that the catalog lists for an id of a span, if any. */
export function listedModel(family: ProviderFamily, model: string): ListedModel | undefined {
  return compiled.find(family, model)
}

/** Every family of the catalog, by name, and the ids it lists. */
export function listedIds(): ReadonlyMap<ProviderFamily, readonly string[]> {
  return new Map(
    [...compiled.stored]
      .map(([family, models]) => [family, [...models.keys()]] as const)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  )
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
 * List prices by provider and model, compiled from maintained datasets: `docs/decisions/0007-catalogue.md` names them, and
 * the rules between them. Looks nothing up in a network.
 */
export const catalog: PriceSource = {
  version: catalogVersion,
  source: 'catalog',
  find({ family, model, at, serviceTier, region }) {
    const listed = compiled.find(family, model)
    const card = listed === undefined ? undefined : cardAt(listed.periods, at)
    if (card === undefined) return 'model_without_price'
    const prices = region === undefined || region === 'global' ? card : card.regions.get(region)
    if (prices === undefined) return 'terms_without_price'
    if (serviceTier === undefined) return prices.standard
    return prices.tiers.get(serviceTier) ?? 'terms_without_price'
  },
}
