import { parseArgs } from 'node:util'
import { providerFamily } from '../call/provider-family.ts'
import { cardAt, catalog, listedIds, listedModel, type ListedModel } from '../price/catalog.ts'
import { nearest } from './nearest.ts'
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
  --at <date>             when the call was made, such as 2026-11-24 or 2026-11-24T02:30:00Z; now
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

/**
 * `costspan price`: writes to `write` and returns the exit code: 0, 1 if there is no such price,
 * 2 if it was asked wrongly.
 */
export function priceCommand(args: readonly string[], write: (text: string) => void): number {
  let parsed
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    write(`${error instanceof Error ? error.message : String(error)}\n\n${help}`)
    return 2
  }
  const { values, positionals } = parsed
  const [provider, model, ...more] = positionals
  if (values.help === true) {
    write(help)
    return 0
  }
  if (provider === undefined || model === undefined || more.length > 0) {
    write(help)
    return 2
  }
  const at = values.at === undefined ? Date.now() : Date.parse(values.at)
  if (Number.isNaN(at)) {
    write('--at takes a date, such as 2026-11-24\n')
    return 2
  }
  const usage = toUsage(values)
  if (typeof usage === 'string') {
    write(`${usage}\n`)
    return 2
  }
  const family = providerFamily(provider)
  const listed = listedModel(family, model)
  if (listed === undefined) {
    write(unknown(provider, family, model))
    return 1
  }
  write(heading(provider, model, listed, at))
  const card = cardAt(listed.periods, at)
  if (card !== undefined) write(`${describeCard(card, listed.periods)}\n`)
  const terms = { serviceTier: values.tier?.toLowerCase(), region: values.region?.toLowerCase() }
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

function heading(provider: string, model: string, listed: ListedModel, at: number): string {
  const isOther = listed.model !== model || listed.family !== providerFamily(provider)
  const as = isOther ? `, listed as ${listed.family} ${listed.model}` : ''
  const day = new Date(at).toISOString().slice(0, 16).replace('T', ' ')
  return `${provider} ${model}${as}, on ${day} UTC
US dollars for a million tokens, from the catalogue ${catalog.version}

`
}

function termsText({
  serviceTier,
  region,
}: {
  serviceTier?: string | undefined
  region?: string | undefined
}): string {
  const tier =
    serviceTier === undefined ? '' : `in the service tier ${JSON.stringify(serviceTier)} `
  return region === undefined ? tier : `${tier}bound to ${JSON.stringify(region)} `
}

function unknown(provider: string, family: string, model: string): string {
  const families = listedIds()
  const ids = families.get(family)
  const asked = JSON.stringify(model.slice(0, 256))
  if (ids === undefined) {
    return `no provider ${JSON.stringify(provider.slice(0, 256))} in the catalogue; it has ${[...families.keys()].join(', ')}\n`
  }
  return `no model ${asked} of ${family} in the catalogue; nearest are\n${nearest(model, ids, 5)
    .map((id) => `  ${id}\n`)
    .join('')}`
}
