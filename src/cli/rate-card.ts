import { priceUsage, ratesFor } from '../price/cost.ts'
import type { Card, Period } from '../price/packed-catalog.ts'
import type { Price, Rates } from '../price/price.ts'
import type { Usage } from '../usage/usage.ts'
import { formatTable } from './table.ts'

/** A bucket of a usage: its name, its count, its rate, and the unit of the rate. */
interface Line {
  readonly name: string
  readonly count: number
  readonly rate: number | undefined
  readonly per: 'million' | 'one'
}

function million(name: string, count: number, rate: number | undefined): Line {
  return { name, count, rate, per: 'million' }
}

/** The buckets of a usage, each with the rate that applies to it. */
function linesOf(usage: Usage, rates: Rates): Line[] {
  const { input, output } = rates
  const write5m = rates.cacheWrite5m ?? input
  return [
    million('input', usage.input, input),
    million('cache read', usage.cacheRead, rates.cacheRead ?? input),
    million('cache write, 5 min', usage.cacheWrite5m, write5m),
    million('cache write, 1 h', usage.cacheWrite1h, rates.cacheWrite1h ?? write5m),
    million('audio input', usage.audioInput, rates.audioInput ?? input),
    million('image input', usage.imageInput, rates.imageInput ?? input),
    million('output', usage.output, output),
    million('audio output', usage.audioOutput, rates.audioOutput ?? output),
    million('image output', usage.imageOutput, rates.imageOutput ?? output),
    million('characters', usage.characters, rates.characters),
    { name: 'seconds', count: usage.seconds, rate: rates.second, per: 'one' },
    { name: 'searches', count: usage.searches, rate: rates.search, per: 'one' },
    {
      name: 'request',
      count: rates.request === undefined ? 0 : 1,
      rate: rates.request,
      per: 'one',
    },
  ]
}

/** The cost of each bucket of a usage and their sum; or the name of a missing rate. */
export function formatCost(usage: Usage, price: Price): string {
  const rates = ratesFor(usage, price)
  const used = linesOf(usage, rates).filter(({ count }) => count > 0)
  const missing = used.find(({ rate }) => rate === undefined)
  if (missing !== undefined) return `no rate for ${missing.name}: a call that uses it is unpriced\n`
  const amounts = used.map(
    ({ count, rate = 0, per }) => (count * rate) / (per === 'million' ? 1e6 : 1),
  )
  const total = priceUsage(usage, price)?.usd ?? 0
  // All amounts have as many digits as the smallest one needs, so that their decimal points align.
  const smallest = Math.min(...amounts.filter((usd) => usd > 0), 1)
  const digits = Math.min(12, Math.max(4, 2 - Math.floor(Math.log10(smallest))))
  const rows = used.map(({ name, count, rate = 0, per }, index) => [
    name,
    count.toLocaleString('en-US'),
    per === 'million' ? `${decimal(rate)} / 1M` : decimal(rate),
    (amounts[index] ?? 0).toFixed(digits),
  ])
  const note =
    rates.minimumSeconds !== undefined && usage.seconds > 0
      ? `the provider charges at least ${rates.minimumSeconds} seconds\n`
      : ''
  return `${columns([['', 'used', 'rate, USD', 'USD'], ...rows, ['', '', '', total.toFixed(digits)]])}${note}`
}

const columnNames: readonly (readonly [keyof Rates, string])[] = [
  ['input', 'input'],
  ['output', 'output'],
  ['cacheRead', 'cache read'],
  ['cacheWrite5m', 'cache write 5 min'],
  ['cacheWrite1h', 'cache write 1 h'],
  ['audioInput', 'audio input'],
  ['audioOutput', 'audio output'],
  ['imageInput', 'image input'],
  ['imageOutput', 'image output'],
  ['characters', 'characters'],
  ['second', 'second of audio'],
  ['minimumSeconds', 'minimum seconds'],
  ['search', 'search'],
  ['request', 'request'],
]

/** All prices of a rate card, by service tier, region and hour, in US dollars for a million tokens. */
export function formatRateCard(card: Card, periods: readonly Period[]): string {
  const named: (readonly [string, Rates])[] = []
  const add = (name: string, price: Price): void => {
    named.push([name, price])
    for (const step of price.longContext ?? []) {
      named.push([`${name}, prompt over ${step.above.toLocaleString('en-US')}`, step])
    }
  }
  add('standard', card.standard)
  for (const [tier, price] of card.tiers) add(tier, price)
  for (const [region, { standard }] of card.regions) add(`bound to ${region}`, standard)
  for (const { weekdays, fromMinute, untilMinute, card: atThatTime } of card.hours) {
    add(
      `weekdays ${weekdays}, ${clock(fromMinute)} to ${clock(untilMinute)} UTC`,
      atThatTime.standard,
    )
  }
  const present = columnNames.filter(([name]) =>
    named.some(([, rates]) => rates[name] !== undefined),
  )
  const rows = named.map(([name, rates]) => [
    name,
    ...present.map(([column]) => (rates[column] === undefined ? '' : decimal(rates[column]))),
  ])
  return columns([['', ...present.map(([, title]) => title)], ...rows]) + history(periods)
}

function history(periods: readonly Period[]): string {
  const changes = periods.filter(({ from }) => Number.isFinite(from))
  if (changes.length === 0) return ''
  const days = changes.map(({ from }) => new Date(from).toISOString().slice(0, 10))
  return `\nThe price changes on ${days.join(', ')}; --at shows the price of another day.\n`
}

function clock(minute: number): string {
  const [hours, minutes] = [Math.floor(minute / 60), minute % 60]
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`
}

/** Without the rounding noise of floating-point numbers: rates have few digits. */
function decimal(rate: number): string {
  return String(Number(rate.toPrecision(12)))
}

/** A table with its first column left-aligned and the others right-aligned. */
function columns(rows: readonly (readonly string[])[]): string {
  const [titles = [], ...cells] = rows
  return formatTable(
    titles.map((title, index) => {
      const column = { title, cells: cells.map((row) => row[index] ?? '') }
      return index === 0 ? { ...column, isLeft: true, gap: 0 } : { ...column, gap: 2 }
    }),
  )
}
