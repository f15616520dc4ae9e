import { engines } from './price-engines.ts'
import { median } from './statistics.ts'
import { table, whole } from './table.ts'

const isQuick = process.argv.includes('--quick')
const ROUNDS = isQuick ? 2 : 30
/** Prices that every engine finds in a round; a slow one finds fewer of the new ids. */
const PRICES = isQuick ? 50 : 2000
const NEW_IDS = isQuick ? 100 : 50_000

/** Models that all the engines know, so that none is fast because it knows nothing. */
const models = ['gpt-4o', 'gpt-4o-mini', 'gpt-4.1', 'gpt-4.1-mini', 'gpt-4.1-nano', 'o3', 'o4-mini']
  .filter((model) => [...engines.values()].every((price) => Number(price(model)) > 0))
  .map((model) => model)

/** Strings that are new to the engine: their hash has to be computed, as that of an id in an answer. */
function fresh(id: string): string {
  return Buffer.from(id).toString('latin1')
}

interface Case {
  readonly name: string
  readonly ids: (round: number) => readonly string[]
}

const cases: readonly Case[] = [
  { name: 'one model', ids: () => Array.from({ length: PRICES }, () => models[0] ?? '') },
  {
    name: `${models.length} models, ids as answers have them`,
    ids: () =>
      Array.from({ length: PRICES }, (_, index) => fresh(models[index % models.length] ?? '')),
  },
  {
    name: 'unknown ids',
    ids: (round) => Array.from({ length: PRICES }, (_, index) => fresh(`model-${round}-${index}`)),
  },
]

let sink = 0

function nanosecondsEach(
  price: (model: string) => number | undefined,
  ids: readonly string[],
): number {
  const before = performance.now()
  for (const id of ids) sink += price(id) ?? 0
  return ((performance.now() - before) * 1e6) / ids.length
}

function measure({ ids }: Case): Map<string, number> {
  const taken = new Map([...engines.keys()].map((name) => [name, [] as number[]]))
  for (let round = -Math.ceil(ROUNDS / 2); round < ROUNDS; round++) {
    for (const [name, price] of engines) {
      const each = nanosecondsEach(price, ids(round))
      if (round >= 0) taken.get(name)?.push(each)
    }
  }
  return new Map([...taken].map(([name, each]) => [name, median(each)]))
}

/** What costspan keeps of so many ids that come once, in bytes for each. */
function retained(): number {
  const price = engines.get('costspan')
  if (price === undefined || gc === undefined) throw new Error('The bench needs node --expose-gc')
  const run = (from: number): number => {
    for (let index = from; index < from + NEW_IDS; index++) sink += price(fresh(`id-${index}`)) ?? 0
    gc?.()
    return process.memoryUsage().heapUsed
  }
  const before = run(0)
  return (run(NEW_IDS) - before) / NEW_IDS
}

/** Different ids in a row, none of them known, every one of which looks like a snapshot. */
function newIds(): number {
  const price = engines.get('costspan')
  if (price === undefined) return Number.NaN
  const rounds = Array.from({ length: 5 }, (_, round) => {
    const ids = Array.from({ length: NEW_IDS }, (__, id) => fresh(`gpt-${round}${id}-2025-01-01`))
    return nanosecondsEach(price, ids)
  })
  return median(rounds)
}

const results = cases.map((each) => ({ name: each.name, taken: measure(each) }))
const names = [...engines.keys()]
const peers = names.filter((name) => name !== 'costspan')
const ratio = (taken: Map<string, number>): string =>
  `${whole(Math.min(...peers.map((name) => taken.get(name) ?? NaN)) / (taken.get('costspan') ?? NaN))}x`

process.stdout
  .write(`To find a price and compute a cost, ns. Node ${process.versions.node}; ${ROUNDS} interleaved rounds of ${whole(PRICES)}, medians.

${table([
  ['', ...names, 'nearest peer'],
  ...results.map(({ name, taken }) => [
    name,
    ...names.map((engine) => whole(taken.get(engine) ?? NaN)),
    ratio(taken),
  ]),
])}

costspan, ${whole(NEW_IDS)} different ids in a row: ${whole(newIds())} ns each, ${retained().toFixed(1)} bytes kept of each
`)
if (Number.isNaN(sink)) process.exitCode = 1
