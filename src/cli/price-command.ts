import { parseArgs } from 'node:util'
import { providerFamily } from '../conventions/provider-family.ts'
import { cardAt, catalog, listedIds, listedModel, type ListedModel } from '../price/catalog.ts'
import type { Usage } from '../usage/usage.ts'
import { parseOptions } from './parse-options.ts'
import { instantText, toInstant } from './date-option.ts'
import { printable } from './printable.ts'
import { formatCost, formatRateCard } from './rate-card.ts'
import { suggest } from './suggest.ts'
import { toUsage, usageOptions, type UsageOption } from './usage-options.ts'

const help = `costspan price <provider> <model> [options]

Shows the rates of a model in the catalog, and the cost of a usage.
Provider and model are written as on a span: openai gpt-5, anthropic.messages claude-sonnet-4-5.

${Object.entries(usageOptions)
  .map(([name, meaning]) => `  ${`--${name} <n>`.padEnd(24)}${meaning}`)
  .join('\n')}
  --tier <name>           the service tier of the call, such as flex, priority, batch, fast
  --region <name>         the region that inference was restricted to, such as us
  --at <date>             the time of the call: a day (UTC), or a time with its zone, such as
                          2026-11-24 or 2026-11-24T02:30:00Z; default: now

Exit code: 0; 1 if there is no such price; 2 for a usage error.
`

const options = {
  ...(Object.fromEntries(
    Object.keys(usageOptions).map((name) => [name, { type: 'string' }]),
  ) as Record<UsageOption, { type: 'string' }>),
  tier: { type: 'string' },
  region: { type: 'string' },
  at: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

interface Options {
  readonly provider: string
  readonly model: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly terms: {
    readonly serviceTier: string | undefined
    readonly region: string | undefined
  }
  readonly usage: Usage
}

/**
 * `costspan price`: writes to `write` and returns the exit code: 0, 1 if there is no such price, 2 for a usage error.
 */
export function priceCommand(args: readonly string[], write: (text: string) => void): number {
  const parsed = parseOptions(() => readOptions(args), help, write)
  if (typeof parsed === 'number') return parsed
  const { provider, model, at, terms, usage } = parsed
  const family = providerFamily(provider)
  const listed = listedModel(family, model)
  if (listed === undefined) {
    write(unknown(provider, family, model))
    return 1
  }
  write(heading(provider, model, listed, at))
  const card = cardAt(listed.periods, at)
  if (card !== undefined) write(`${formatRateCard(card, listed.periods)}\n`)
  const price = catalog.find({ provider, family, model, at, ...terms })
  if (typeof price === 'string') {
    write(`no price ${termsText(terms)}(${price}): such a call is unpriced\n`)
    return 1
  }
  const isUsed = Object.values(usage).some((count) => count > 0)
  write(
    isUsed
      ? formatCost(usage, price)
      : 'For the cost of a usage add its counts, such as --input 1000 --output 200\n',
  )
  return 0
}

function readOptions(args: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  if (values.help === true) return 'help'
  const [provider, model, ...more] = positionals
  if (provider === undefined || model === undefined || more.length > 0) {
    throw new Error('expected a provider and a model')
  }
  const usage = toUsage(values)
  if (typeof usage === 'string') throw new Error(usage)
  return {
    provider,
    model,
    at: values.at === undefined ? Date.now() : toInstant('at', values.at),
    terms: { serviceTier: values.tier?.toLowerCase(), region: values.region?.toLowerCase() },
    usage,
  }
}

function heading(provider: string, model: string, listed: ListedModel, at: number): string {
  const isOther = listed.model !== model || listed.family !== providerFamily(provider)
  const as = isOther ? `, listed as ${listed.family} ${listed.model}` : ''
  return `${printable(`${provider} ${model}`)}${as}, on ${instantText(Math.floor(at / 60_000) * 60_000)}
US dollars for a million tokens, from the catalog ${catalog.version}

`
}

function termsText({ serviceTier, region }: Options['terms']): string {
  const tier =
    serviceTier === undefined ? '' : `in the service tier ${JSON.stringify(serviceTier)} `
  return region === undefined ? tier : `${tier}bound to ${JSON.stringify(region)} `
}

function unknown(provider: string, family: string, model: string): string {
  const families = listedIds()
  const ids = families.get(family)
  if (ids === undefined) {
    return `no provider ${shown(provider)} in the catalog, which has ${[...families.keys()].join(', ')}\n`
  }
  return `no model ${shown(model)} of ${family} in the catalog; the most similar are\n${suggest(
    model,
    ids,
    5,
  )
    .map((id) => `  ${id}\n`)
    .join('')}`
}

function shown(text: string): string {
  return printable(JSON.stringify(text.slice(0, 256)))
}
