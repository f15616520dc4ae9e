import type { ProviderFamily } from '../conventions/provider-family.ts'

/**
 * A price list names a model once; a span may name it by a snapshot, a resource, a route. Each
 * function here takes one such form apart, by characters and not by patterns: an id comes from
 * outside and is looked at for every call. None cuts a version number off, so that
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

/** The other name of the same model, where a family has two. */
export function otherName(family: ProviderFamily, model: string): string | undefined {
  return family === 'fireworks' && !model.includes(SLASH) ? FIREWORKS + model : undefined
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

/** How OpenRouter is told to choose among hosts, or to moderate; at the price of the model. */
const routes = [':nitro', ':floor', ':exacto', ':beta']

/** Without an OpenRouter route. Others, such as `:online`, cost something of their own. */
export function withoutRoute(family: ProviderFamily, model: string): string {
  if (family !== 'openrouter') return model
  const route = routes.find((suffix) => model.endsWith(suffix))
  return route === undefined ? model : model.slice(0, -route.length)
}

/**
 * The model that an id is a snapshot of: without `-20250929`, `-2025-09-29`, `@20250929`,
 * `@default`, `-latest`, and on Google without `-001`. `undefined` if it is none.
 */
export function snapshotOf(family: ProviderFamily, model: string): string | undefined {
  const { length } = model
  // The last character tells most ids apart from all of them.
  if (model[length - 1] === 't') return withoutWord(model)
  if (!isDigit(model, length - 1)) return undefined
  if (isDashedDate(model, length - 10) && isOneOf(model, length - 11, '-@')) {
    return model.slice(0, -11)
  }
  if (isCompactDate(model, length - 8) && isOneOf(model, length - 9, '-@')) {
    return model.slice(0, -9)
  }
  return isGoogle(family) && isStableVersion(model) ? model.slice(0, -4) : undefined
}

function withoutWord(model: string): string | undefined {
  const word = ['-latest', '@default'].find((each) => model.endsWith(each))
  return word === undefined ? undefined : model.slice(0, -word.length)
}

/** Who made a model that a gateway sells as `creator/model`, and what its maker calls it. */
export function madeBy(model: string): { family: ProviderFamily; model: string } | undefined {
  const slash = model.indexOf(SLASH)
  const family = creators.get(model.slice(0, Math.max(slash, 0)))
  if (family === undefined) return undefined
  const name = model.slice(slash + 1)
  return { family, model: family === 'anthropic' ? withDashes(name) : name }
}

const creators = new Map<string, ProviderFamily>(
  ['openai', 'anthropic', 'google', 'xai', 'mistral', 'cohere', 'perplexity', 'deepseek'].map(
    (name) => [name, name],
  ),
)

/** `claude-sonnet-4.5` is `claude-sonnet-4-5` to its maker. */
function withDashes(model: string): string {
  for (let index = 1; index < model.length - 1; index++) {
    if (model[index] !== '.' || !isDigit(model, index - 1) || !isDigit(model, index + 1)) continue
    return `${model.slice(0, index)}-${withDashes(model.slice(index + 1))}`
  }
  return model
}

function isGoogle(family: ProviderFamily): boolean {
  return family === 'google' || family === 'google-vertex'
}

/** `-001` to `-009`. */
function isStableVersion(model: string): boolean {
  return isDigit(model, model.length - 1) && model.startsWith('-00', model.length - 4)
}

function isCompactDate(text: string, from: number): boolean {
  return isDay(text, from + 6) && isMonth(text, from + 4) && isYear(text, from)
}

function isDashedDate(text: string, from: number): boolean {
  return (
    text[from + 7] === '-' &&
    text[from + 4] === '-' &&
    isDay(text, from + 8) &&
    isMonth(text, from + 5) &&
    isYear(text, from)
  )
}

/** Something stands before it, and it is of our time. */
function isYear(text: string, from: number): boolean {
  return from > 0 && twoDigits(text, from) === 20 && !Number.isNaN(twoDigits(text, from + 2))
}

function isMonth(text: string, from: number): boolean {
  const month = twoDigits(text, from)
  return month >= 1 && month <= 12
}

function isDay(text: string, from: number): boolean {
  const day = twoDigits(text, from)
  return day >= 1 && day <= 31
}

/** NaN if they are none. */
function twoDigits(text: string, from: number): number {
  if (!isDigit(text, from) || !isDigit(text, from + 1)) return Number.NaN
  return (text.charCodeAt(from) - ZERO) * 10 + text.charCodeAt(from + 1) - ZERO
}

const ZERO = '0'.charCodeAt(0)
const NINE = '9'.charCodeAt(0)

function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return code >= ZERO && code <= NINE
}

function isOneOf(text: string, index: number, characters: string): boolean {
  const character = text[index]
  return character !== undefined && characters.includes(character)
}

function afterLastSlash(text: string): string {
  return text.slice(text.lastIndexOf(SLASH) + 1)
}
