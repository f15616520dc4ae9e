import { context } from '@opentelemetry/api'
import { invalidOption, rejectUnknown } from '../invalid-option.ts'
import type { OnCharge } from '../processor/charge-callbacks.ts'
import type { PriceSource } from '../price/price.ts'
import { callSpanOf, type CallSpan } from './call-span.ts'
import { Exchange, type ExchangeOptions } from './exchange.ts'
import {
  bodyOf,
  readRequest,
  targetOf,
  type FetchInit,
  type FetchInput,
  type SentRequest,
} from './sent-request.ts'
import { isSentByAiSdk } from './open-call.ts'
import { createLocalCharger, type LocalCharger } from './local-charge.ts'
import type { CountTokens } from './stopped-usage.ts'
import { tapResponse } from './tap-response.ts'

/** A `fetch`. */
export type Fetch = (input: FetchInput, init?: FetchInit) => Promise<Response>

/** The options of `costFetch` and `withCosts`. */
export interface CostFetchOptions {
  /**
   * Sends the requests.
   * @defaultValue the global `fetch`, at the time of each request
   */
  readonly fetch?: Fetch | undefined
  /**
   * Whose answers these are, where the host does not show it: behind a proxy, a gateway of your own, or on loopback. Named as
   * on a span: `openai`, `anthropic`, `google`, `azure`, or one of your own. Then the path of a request alone decides.
   */
  readonly provider?: string | undefined
  /** Receives the charge of each call that OpenTelemetry does not record: without an SDK, or where a sampler drops its span. */
  readonly onCharge?: OnCharge | readonly OnCharge[] | undefined
  /**
   * Where prices for `onCharge` come from; the first source that knows a model decides.
   * @defaultValue `[catalog]`
   */
  readonly prices?: readonly PriceSource[] | undefined
  /**
   * Reads an answer on for up to a minute after its reader has left, so that the provider states what it bills. The provider
   * then generates, and bills, the rest of the answer.
   * @defaultValue `false`
   */
  readonly readToEnd?: boolean | undefined
  /** Counts the tokens of what had arrived of a stopped stream, in place of the estimate. */
  readonly countTokens?: CountTokens | undefined
}

const READ_ON_MILLISECONDS = 60_000

/**
 * Creates a `fetch` that reads the usage of AI calls from the wire, and passes on every byte unchanged. Give it to whatever
 * takes a `fetch`: providers of the AI SDK, clients, LangChain's `configuration`.
 *
 * A call that an instrumentation or the AI SDK records is completed by what was read. Any other gets a CLIENT span of its
 * own, which `CostSpanProcessor` charges. Requests to other hosts or paths pass untouched.
 *
 * @throws TypeError if an option is malformed, naming the option.
 *
 * @example
 * ```ts
 * import { createOpenAI } from '@ai-sdk/openai'
 * import { costFetch } from 'costspan/clients'
 *
 * export const openai = createOpenAI({ fetch: costFetch() })
 * ```
 */
export function costFetch(options: CostFetchOptions = {}): Fetch {
  validate(options)
  const merged = mergedOptions(options)
  const { provider, countTokens, readToEnd = false } = merged
  const charger = createLocalCharger(merged)
  const exchangeOptions = { countTokens, readOnMilliseconds: readToEnd ? READ_ON_MILLISECONDS : 0 }
  const fetch: Fetch = (input, init) => {
    const send = merged.fetch ?? globalThis.fetch
    const target = attempt(() => targetOf(input, init, provider))
    if (target === undefined) return send(input, init)
    const begin = (text?: string): Promise<Response> => {
      const started = attempt(() =>
        start(readRequest(target, init, text), charger, exchangeOptions),
      )
      return started === undefined ? send(input, init) : sendCall(send, input, started)
    }
    const reading = attempt(() => bodyOf(target, init))
    return reading === undefined ? begin() : reading.then(begin, () => begin())
  }
  optionsByFetch.set(fetch, merged)
  return fetch
}

const optionsByFetch = new WeakMap<Fetch, CostFetchOptions>()

/** Of a `costFetch` around another only the outer one reads, or each would charge the call. It has the options of both. */
function mergedOptions(options: CostFetchOptions): CostFetchOptions {
  const inner = options.fetch && optionsByFetch.get(options.fetch)
  if (inner === undefined) return options
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return { ...inner, ...Object.fromEntries(given), fetch: inner.fetch }
}

/** The names of the options of `costFetch`. */
export const costFetchFields = [
  'fetch',
  'provider',
  'onCharge',
  'prices',
  'readToEnd',
  'countTokens',
]

function validate(options: CostFetchOptions): void {
  rejectUnknown(options, 'options', costFetchFields)
  const { fetch: send, provider, readToEnd, countTokens } = options
  if (send !== undefined && typeof send !== 'function') {
    throw invalidOption('fetch', 'a function', send)
  }
  if (provider !== undefined && (typeof provider !== 'string' || provider === '')) {
    throw invalidOption('provider', 'a string with something in it', provider)
  }
  if (readToEnd !== undefined && typeof readToEnd !== 'boolean') {
    throw invalidOption('readToEnd', 'a boolean', readToEnd)
  }
  if (countTokens !== undefined && typeof countTokens !== 'function') {
    throw invalidOption('countTokens', 'a function', countTokens)
  }
}

interface StartedCall {
  readonly request: SentRequest
  readonly span: CallSpan
  readonly exchange: Exchange
}

function start(
  request: SentRequest,
  charger: LocalCharger | undefined,
  options: ExchangeOptions,
): StartedCall | undefined {
  const { endpoint, url, model, init } = request
  const described = {
    provider: endpoint.provider,
    operation: endpoint.operation,
    model,
    attributes: {
      'server.address': url.hostname,
      ...(url.port !== '' && { 'server.port': Number(url.port) }),
    },
    isSentByAiSdk: () => isSentByAiSdk(init?.headers),
  }
  const recorded = callSpanOf(described)
  if (recorded === undefined) return undefined
  const span =
    recorded.isRecorded || charger === undefined ? recorded : charger(described, recorded)
  return { request, span, exchange: new Exchange(request, span, options) }
}

async function sendCall(
  send: Fetch,
  input: FetchInput,
  { request, span, exchange }: StartedCall,
): Promise<Response> {
  let response: Response
  try {
    response = await context.with(span.context, send, undefined, input, request.init)
  } catch (error) {
    attempt(() => exchange.failed(error))
    throw error
  }
  const tapped = attempt(() =>
    exchange.answered(response) ? tapResponse(response, exchange) : response,
  )
  if (tapped !== undefined) return tapped
  // What `fetch` returned is not a response that can be read, such as the plain object of a mock.
  exchange.ended('left')
  return response
}

/** What goes wrong while a call is read must not harm the call. */
function attempt<Result>(run: () => Result): Result | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}
