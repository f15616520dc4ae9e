import { parseArgs } from 'node:util'
import { providerFamily } from '../conventions/provider-family.ts'
import { cardAt, catalog, listedIds, listedModel, type ListedModel } from '../price/catalog.ts'
import type { Usage } from '../usage/usage.ts'
import { asked } from './parse-options.ts'
import { instantText, toInstant } from './date-option.ts'
import { nearest } from './suggest.ts'
import { printable } from './printable.ts'
import { describeCard, sumOf } from './rate-card.ts'
import { toUsage, usageOptions, type UsageOption } from './usage-options.ts'

const help = `costspan price <provider> <model> [options]

Shows the rate card that costspan has for a model, where it comes from, and what a usage costs.
Provider and model are as on a span: openai gpt-5, anthropic.messages claude-sonnet-4-5.

${Object.entries(usageOptions)
  .map(([name, meaning]) => `  ${`--${name} <n>`.padEnd(24)}${meaning}`)
  .join('\n')}
  --tier <name>           the service tier that answered, such as flex, priority, batch, fast
  --region <name>         where inference was bound to, such as us
  --at <date>             when the call was made, a day (UTC) or a time with its zone, such as
                          2026-11-24 or 2026-11-24T02:30:00Z; now
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

/** What was asked: a model, when, under which terms, and what was used. */
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
 * `costspan price`: writes to `write` and returns the exit code: 0, 1 if there is no such price,
 * 2 if it was asked wrongly.
 */
export function priceCommand(args: readonly string[], write: (text: string) => void): number {
  const asking = asked(() => readOptions(args), help, write)
  if (typeof asking === 'number') return asking
  const { provider, model, at, terms, usage } = asking
  const family = providerFamily(provider)
  const listed = listedModel(family, model)
  if (listed === undefined) {
    write(unknown(provider, family, model))
    return 1
  }
  write(heading(provider, model, listed, at))
  const card = cardAt(listed.periods, at)
  if (card !== undefined) write(`${describeCard(card, listed.periods)}\n`)
  const price = catalog.find({ provider, family, model, at, ...terms })
  if (typeof price === 'string') {
    write(`no price for it ${termsText(terms)}(${price}): such a call is unpriced\n`)
    return 1
  }
  const isUsed = Object.values(usage).some((count) => count > 0)
  write(
    isUsed
      ? sumOf(usage, price)
      : 'Say what was used to have it summed up: --input 1000 --output 200\n',
  )
  return 0
}

function readOptions(args: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  if (values.help === true) return 'help'
  const [provider, model, ...more] = positionals
  if (provider === undefined || model === undefined || more.length > 0) {
    throw new Error('name a provider and a model')
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
US dollars for a million tokens, from the catalogue ${catalog.version}

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
    return `no provider ${shown(provider)} in the catalogue; it has ${[...families.keys()].join(', ')}\n`
  }
  return `no model ${shown(model)} of ${family} in the catalogue; nearest are\n${nearest(
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
