import { kindOf, rejectUnknown } from '../invalid-option.ts'
import { costFetch, costFetchFields, type CostFetchOptions, type Fetch } from './cost-fetch.ts'
import type { FetchInit, FetchInput } from './sent-request.ts'

/**
 * Returns a client whose calls are charged: of `openai`, `@anthropic-ai/sdk`, `groq-sdk` and `together-ai` a copy of the same
 * class, by the client's own `withOptions`; of `@google/genai` the same client, whose requests then go through `costFetch`.
 * To call it twice charges once.
 *
 * @throws TypeError if the client takes no `fetch` once it is made, with what to write instead.
 *
 * @example
 * ```ts
 * import { withCosts } from 'costspan/clients'
 * import OpenAI from 'openai'
 *
 * export const openai = withCosts(new OpenAI())
 * ```
 */
export function withCosts<Client extends object>(
  client: Client,
  options: CostFetchOptions = {},
): Client {
  // Before they are spread, which accepts anything.
  rejectUnknown(options, 'options', costFetchFields)
  const isClient = typeof client === 'object' && (client as unknown) !== null
  const charged = isClient
    ? (withOptionsOf(client, options) ?? googleClient(client, options))
    : undefined
  if (charged !== undefined) return charged
  throw new TypeError(
    `costspan: \`client\` must be a client that takes a fetch after it was made, got ${nameOf(client)}. ${otherWay(client)}`,
  )
}

/** The clients that Stainless generates. */
interface GeneratedClient {
  readonly fetch?: unknown
  readonly withOptions?: unknown
}

function withOptionsOf<Client extends object>(
  client: Client,
  options: CostFetchOptions,
): Client | undefined {
  const { fetch: send, withOptions } = client as GeneratedClient
  if (typeof send !== 'function' || typeof withOptions !== 'function') return undefined
  const fetch = costFetch({ ...options, fetch: options.fetch ?? (send as Fetch) })
  return withOptions.call(client, { ...azureOptionsOf(client), fetch }) as Client
}

interface AzureClient {
  readonly apiVersion?: unknown
  readonly deploymentName?: unknown
}

/** `AzureOpenAI` of `openai` 6 loses these options when it is copied, and then throws. */
function azureOptionsOf({ apiVersion, deploymentName: deployment }: AzureClient): object {
  return typeof apiVersion === 'string' ? { apiVersion, deployment } : {}
}

/** `@google/genai` takes a `fetch` only when it is made. It reads this field, which is internal, for each request. */
interface GoogleClient {
  readonly apiClient?: {
    readonly clientOptions?: { httpOptions?: { fetch?: unknown } }
  }
}

function googleClient<Client extends object>(
  client: Client,
  options: CostFetchOptions,
): Client | undefined {
  const { apiClient } = client as GoogleClient
  const clientOptions = apiClient?.clientOptions
  if (clientOptions === undefined || !('models' in client)) return undefined
  const send = clientOptions.httpOptions?.fetch
  const fetch = typeof send === 'function' ? (send as Fetch) : fetchWithoutTimeLimits
  clientOptions.httpOptions = {
    ...clientOptions.httpOptions,
    fetch: costFetch({ ...options, fetch: options.fetch ?? fetch }),
  }
  return client
}

interface Dispatcher {
  dispatch(options: object, handler: unknown): boolean
}

/**
 * The `fetch` of Node waits 300 seconds for an answer, and between two parts of it. Google's client lifts these limits where it
 * was given no `fetch`, so this one lifts them too.
 */
function fetchWithoutTimeLimits(input: FetchInput, init?: FetchInit): Promise<Response> {
  const sending = globalDispatcher()
  if (sending === undefined) return globalThis.fetch(input, init)
  const dispatcher: Dispatcher = {
    dispatch: (options, handler) =>
      sending.dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, handler),
  }
  const lasting: object = { dispatcher, ...init }
  return globalThis.fetch(input, lasting)
}

/** What sends the requests of Node's `fetch`; `undefined` in other runtimes. */
function globalDispatcher(): Dispatcher | undefined {
  // Node sets it when a class of `fetch` is first used.
  void new Headers()
  return (globalThis as { [GLOBAL_DISPATCHER]?: Dispatcher })[GLOBAL_DISPATCHER]
}

const GLOBAL_DISPATCHER = Symbol.for('undici.globalDispatcher.1')

function nameOf(client: unknown): string {
  const name = (client as { constructor?: { name?: unknown } } | null)?.constructor?.name
  return typeof name === 'string' && name !== 'Object' && name !== '' ? name : kindOf(client)
}

/** By the name of the class, which a minifier may have changed. */
function otherWay(client: unknown): string {
  const name = nameOf(client)
  if (name === 'Mistral') {
    return 'Write: new Mistral({ httpClient: new HTTPClient({ fetcher: costFetch() }) })'
  }
  return `Give it costFetch() when it is made, such as new ${/^[A-Z]/.test(name) ? name : 'Client'}({ fetch: costFetch() })`
}
