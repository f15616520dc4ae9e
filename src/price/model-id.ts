import type { ProviderFamily } from '../conventions/provider-family.ts'

/*
 * A price list names a model once; a span may name it by a snapshot, a resource, a route. Each
 * function here handles one such form. An id comes from outside and may be looked at for every call, so no
 * pattern here tries a character twice. None cuts a version number off, so that
 * `claude-sonnet-5-5` never becomes `claude-sonnet-5`.
 */

const SLASH = '/'
const FIREWORKS = 'accounts/fireworks/models/'

/** The id in a resource name: `arn:aws:bedrock:…/us.anthropic.claude-…`, `models/gemini-2.5-pro`. */
export function withoutResource(family: ProviderFamily, model: string): string {
  switch (family) {
    case 'aws':
      return model.startsWith('arn:') ? afterLastSlash(model) : model
    case 'google':
    case 'google-vertex':
      return model.startsWith('models/') || model.includes('/models/')
        ? afterLastSlash(model)
        : model
    case 'fireworks':
      return model.startsWith(FIREWORKS) ? model.slice(FIREWORKS.length) : model
    case 'openrouter':
      return model.startsWith('openrouter/') ? model.slice('openrouter/'.length) : model
    default:
      return model
  }
}

/** The other name of the same model, where a family has two; else the name itself. */
export function otherName(family: ProviderFamily, model: string): string {
  return family === 'fireworks' && !model.includes(SLASH) ? FIREWORKS + model : model
}

/**
 * `ft:gpt-4o-2024-08-06` of `ft:gpt-4o-2024-08-06:acme:bot:xyz`: fine-tunes have a price of
 * their own, which depends on what was tuned. `undefined` if it is no fine-tune.
 */
export function fineTuned(model: string): string | undefined {
  if (!model.startsWith('ft:')) return undefined
  const end = model.indexOf(':', 3)
  return end === -1 ? model : model.slice(0, end)
}

/** Suffixes that make OpenRouter choose among hosts, or moderate, at the price of the model. */
const routes = [':nitro', ':floor', ':exacto', ':beta']

/** Removes an OpenRouter route. Other suffixes, such as `:online`, have a separate price. */
export function withoutRoute(family: ProviderFamily, model: string): string {
  if (family !== 'openrouter') return model
  const route = routes.find((suffix) => model.endsWith(suffix))
  return route === undefined ? model : model.slice(0, -route.length)
}

/** The end of a snapshot's id: a date of this century, `latest` or `default`. */
const snapshotEnd = /(?:-latest|@default|[-@]20\d\d(-?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01]))$/

/** Google numbers its stable versions, `-001` and on. */
const googleSnapshotEnd = /-00\d$/

/** Length of the longest such end: a dash, and a date with dashes. */
const LONGEST_END = 11

/**
 * Returns the model that an id is a snapshot of: without `-20250929`, `-2025-09-29`, `@20250929`,
 * `@default`, `-latest`, and on Google without `-001`. Returns `undefined` if the id is no snapshot.
 */
export function snapshotOf(family: ProviderFamily, model: string): string | undefined {
  const end = model.slice(-LONGEST_END)
  const found = snapshotEnd.exec(end) ?? (isGoogle(family) ? googleSnapshotEnd.exec(end) : null)
  return found === null ? undefined : model.slice(0, -found[0].length)
}

/** `claude-sonnet-4.5` is `claude-sonnet-4-5` to its maker. */
const pointInNumber = /(?<=\d)\.(?=\d)/g

/** The maker of a model that a gateway sells as `creator/model`, and the maker's id of the model. */
export function madeBy(model: string): { family: ProviderFamily; model: string } | undefined {
  const slash = model.indexOf(SLASH)
  const family = model.slice(0, Math.max(slash, 0))
  if (!creators.has(family)) return undefined
  const name = model.slice(slash + 1)
  return { family, model: family === 'anthropic' ? name.replace(pointInNumber, '-') : name }
}

const creators: ReadonlySet<ProviderFamily> = new Set(
  'openai anthropic google xai mistral cohere perplexity deepseek'.split(' '),
)

function isGoogle(family: ProviderFamily): boolean {
  return family === 'google' || family === 'google-vertex'
}

function afterLastSlash(text: string): string {
  return text.slice(text.lastIndexOf(SLASH) + 1)
}
