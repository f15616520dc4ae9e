import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { MeterProvider } from '@opentelemetry/api'
import type * as Core from 'costspan'
import type { Charge } from 'costspan'
import type * as Backends from 'costspan/backends'
import type * as Exporter from 'costspan/exporter'
import type * as Ledger from 'costspan/ledger'
import type * as Prices from 'costspan/prices'
import type * as Propagation from 'costspan/propagation'
import type * as Manual from 'costspan/record'

/** What is called the same in both packages has the types of this checkout. */
export interface Package {
  readonly folder: string
  readonly core: typeof Core
  readonly backends: typeof Backends
  readonly exporter: typeof Exporter
  readonly prices: typeof Prices
  readonly propagation: typeof Propagation
  readonly record: typeof Manual
  readonly readLedger: typeof Ledger.readLedger
  readonly repriceCharge: (charge: Charge, options?: object) => unknown
  readonly assertPriced: (options: object) => unknown
  openLedger(path: string, options: LedgerOptions): Ledger.Ledger
  costMetrics(options: MetricsOptions): (charge: Charge) => void
}

/** Options under the names of this test. */
export interface LedgerOptions {
  readonly maximumBytes?: number
  readonly mostWaiting?: number
}

export interface MetricsOptions {
  readonly meterProvider: MeterProvider
  readonly by: readonly ('tenant' | 'user')[]
  readonly mostSeries?: number
}

/** The names that options have had, the newest first. */
const optionNames = {
  maximumBytes: ['maxFileBytes', 'maxBytes', 'maximumBytes'],
  mostWaiting: ['maxQueueSize', 'maximumWaiting'],
  mostSeries: ['cardinalityLimit', 'maximumSeries'],
} as const

/**
 * Loads the built package of a folder. The one place that knows which entries, exports and options were renamed
 * since the old commit: of several names the package has one.
 */
export async function loadPackage(folder: string): Promise<Package> {
  const entry = entriesOf(folder)
  const charges = await entry<Record<string, never>>('./charges', './prices')
  const ledger = await entry<typeof Ledger>('./ledger')
  const metrics = await entry<{ costMetrics: (options: object) => (charge: Charge) => void }>(
    './metrics',
  )
  return {
    folder,
    core: await entry('.'),
    backends: await entry('./backends'),
    exporter: await entry('./exporter', '.'),
    prices: await entry('./prices'),
    propagation: await entry('./propagation'),
    record: await entry('./record', './manual'),
    readLedger: ledger.readLedger,
    repriceCharge: charges['repriceCharge'] as never,
    assertPriced: charges['assertPriced'] as never,
    openLedger: (path, options) =>
      withNames(options, (named) => ledger.openLedger(path, named as never)),
    costMetrics: (options) => withNames(options, (named) => metrics.costMetrics(named)),
  }
}

function entriesOf(folder: string): <Entry>(...names: string[]) => Promise<Entry> {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    exports: { [name: string]: { default?: string } | undefined }
  }
  return async <Entry>(...names: string[]) => {
    const file = names.map((name) => exports[name]?.default).find((found) => found !== undefined)
    if (file === undefined) throw new Error(`${folder} exports none of ${names.join(', ')}`)
    return (await import(pathToFileURL(join(folder, file)).href)) as Entry
  }
}

/** Calls with each spelling of the options until one is not refused. */
function withNames<Result>(options: object, call: (named: object) => Result): Result {
  let spellings: object[] = [{}]
  for (const [name, value] of Object.entries(options)) {
    const known: readonly string[] = optionNames[name as keyof typeof optionNames] ?? [name]
    spellings = spellings.flatMap((spelling) =>
      known.map((knownAs) => ({ ...spelling, [knownAs]: value })),
    )
  }
  let refused: unknown
  for (const spelling of spellings) {
    try {
      return call(spelling)
    } catch (error) {
      refused = error
    }
  }
  throw refused
}
