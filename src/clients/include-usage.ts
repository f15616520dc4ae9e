import { joined } from './joined-bytes.ts'
import type { Endpoint } from './endpoint.ts'
import { providerFamily } from '../conventions/provider-family.ts'
import { asObject, type JsonObject } from '../span/json.ts'

/** Providers whose streams of chat completions report usage only if the request asks for it, and that accept the question. */
const asked = new Set(['openai', 'azure', 'deepseek', 'groq', 'togetherai', 'fireworks'])

/** The first version of Azure's interface that accepts `stream_options`. */
const FIRST_AZURE_VERSION = '2024-09-01'

const OPTION = '{"stream_options":{"include_usage":true},'

/**
 * Returns the body of a request for a stream of chat completions that also asks for usage, or `undefined` if it asks
 * itself, or if the host is not known to accept it. The rest of the text stays as it is.
 */
export function askForUsage(
  { format, provider }: Endpoint,
  url: URL,
  text: string,
  body: JsonObject,
): string | undefined {
  if (
    format !== 'openai-chat' ||
    body['stream'] !== true ||
    Object.hasOwn(body, 'stream_options')
  ) {
    return undefined
  }
  const family = providerFamily(provider)
  if (!asked.has(family) || (family === 'azure' && !isAcceptedByAzure(url))) return undefined
  const brace = text.indexOf('{')
  return text.slice(0, brace) + OPTION + text.slice(brace + 1)
}

function isAcceptedByAzure(url: URL): boolean {
  const version = url.searchParams.get('api-version')
  // The interface without dated versions is newer.
  return version === null ? url.pathname.includes('/v1/') : version >= FIRST_AZURE_VERSION
}

const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const MAXIMUM_EVENT_BYTES = 1_048_576
const NO_BYTES = new Uint8Array(0)
const NULL_USAGE = /,\s*"usage"\s*:\s*null/

/**
 * Hides from a stream what only {@link askForUsage} asked for: the last chunk, which has the usage and no choice, and
 * `"usage":null` in the others. Events pass whole. All other bytes stay as they are.
 */
export class UsageFilter {
  #pending: Uint8Array = NO_BYTES
  #isGivenUp = false
  readonly #decoder = new TextDecoder()
  readonly #encoder = new TextEncoder()

  push(chunk: Uint8Array): Uint8Array {
    if (this.#isGivenUp) return chunk
    const bytes = this.#pending.length === 0 ? chunk : joined([this.#pending, chunk])
    const end = endOfLastEvent(bytes)
    this.#pending = bytes.slice(end)
    if (this.#pending.length > MAXIMUM_EVENT_BYTES) {
      this.#isGivenUp = true
      return joined([this.#filtered(bytes.subarray(0, end)), this.rest()])
    }
    return end === 0 ? NO_BYTES : this.#filtered(bytes.subarray(0, end))
  }

  /** What has not ended. */
  rest(): Uint8Array {
    const rest = this.#pending
    this.#pending = NO_BYTES
    return rest
  }

  #filtered(events: Uint8Array): Uint8Array {
    const text = this.#decoder.decode(events)
    if (!text.includes('"usage"')) return events
    const kept = text.split(/(?<=\r?\n\r?\n)/).map(withoutUsage)
    return this.#encoder.encode(kept.join(''))
  }
}

/** Whether and how one event is passed on. */
function withoutUsage(event: string): string {
  if (NULL_USAGE.test(event)) return event.replace(NULL_USAGE, '')
  if (!event.includes('"usage"') || !event.startsWith('data:')) return event
  try {
    const chunk = asObject(JSON.parse(event.slice('data:'.length)))
    const choices = chunk?.['choices']
    const isAddition =
      Array.isArray(choices) && choices.length === 0 && asObject(chunk?.['usage']) !== undefined
    return isAddition ? '' : event
  } catch {
    return event
  }
}

/** The index behind the last empty line. */
function endOfLastEvent(bytes: Uint8Array): number {
  let feed = bytes.lastIndexOf(LINE_FEED)
  while (feed > 0) {
    const before = bytes[feed - 1] === CARRIAGE_RETURN ? feed - 2 : feed - 1
    if (bytes[before] === LINE_FEED) return feed + 1
    feed = bytes.lastIndexOf(LINE_FEED, feed - 1)
  }
  return 0
}
