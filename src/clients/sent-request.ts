import { asObject, type JsonObject } from '../span/json.ts'
import { endpointOf, type Endpoint } from './endpoint.ts'
import { askForUsage } from './include-usage.ts'

/** The first argument of `fetch`. */
export type FetchInput = Parameters<typeof fetch>[0]

/** The second argument of `fetch`. */
export type FetchInit = Parameters<typeof fetch>[1]

/** A request to a provider, as far as its cost depends on it. */
export interface SentRequest {
  readonly endpoint: Endpoint
  readonly url: URL
  /** The requested model, if path or body name it. */
  readonly model: string | undefined
  /** The body, if it is JSON of a size that is read. */
  readonly body: JsonObject | undefined
  /** What to send: that of the caller, or a copy that also asks for usage. */
  readonly init: FetchInit
  /** Whether only costspan has asked for usage. */
  readonly isUsageAdded: boolean
  readonly signal: AbortSignal | undefined
}

/** Longer bodies are not parsed, in UTF-16 units. */
const LONGEST_BODY = 4_194_304

/** Where a request is sent, if that is an endpoint of a provider. */
export interface Target {
  readonly url: URL
  readonly endpoint: Endpoint
  /** Where `fetch` was given a `Request`. */
  readonly request: Request | undefined
}

/** Returns `undefined` for a request to no provider. */
export function targetOf(
  input: FetchInput,
  init: FetchInit,
  provider: string | undefined,
): Target | undefined {
  const request = typeof input === 'object' && 'clone' in input ? input : undefined
  const address = addressOf(input)
  const method = init?.method ?? request?.method ?? 'GET'
  if (method.toUpperCase() !== 'POST' || !URL.canParse(address)) return undefined
  const url = new URL(address)
  const endpoint = endpointOf(url, provider)
  return endpoint && { url, endpoint, request }
}

function addressOf(input: FetchInput): string {
  if (typeof input === 'string') return input
  return 'href' in input ? input.href : input.url
}

/** Reads the JSON that a `Request` sends from a copy. Returns `undefined` at once if it sends none, or too much. */
export function bodyOf({ request }: Target, init: FetchInit): Promise<string> | undefined {
  if (request === undefined || hasBody(init)) return undefined
  const { headers, bodyUsed, body } = request
  if (bodyUsed || body === null) return undefined
  if (headers.get('content-type')?.includes('json') !== true) return undefined
  if (Number(headers.get('content-length') ?? 0) > LONGEST_BODY) return undefined
  return request.clone().text()
}

function hasBody(init: FetchInit): boolean {
  return init?.body !== undefined && init.body !== null
}

/** Reads a request. The text is the body of a `Request`, where there is one. */
export function readRequest(
  { url, endpoint, request }: Target,
  init: FetchInit,
  requestText: string | undefined,
): SentRequest {
  const text = requestText ?? textOf(init?.body)
  const body = text === undefined ? undefined : parsed(text)
  // The body of a `Request` stays as it is, as does one whose length the caller states.
  const isFixed = requestText !== undefined || hasLength(init)
  const asked =
    text === undefined || body === undefined || isFixed
      ? undefined
      : askForUsage(endpoint, url, text, body)
  const model = body?.['model']
  return {
    endpoint,
    url,
    model: endpoint.model ?? (typeof model === 'string' && model !== '' ? model : undefined),
    body,
    init: asked === undefined ? init : { ...init, body: asked },
    isUsageAdded: asked !== undefined,
    signal: init?.signal ?? request?.signal,
  }
}

function textOf(body: unknown): string | undefined {
  if (typeof body === 'string') return body.length <= LONGEST_BODY ? body : undefined
  if (!(body instanceof Uint8Array) || body.length > LONGEST_BODY) return undefined
  return new TextDecoder().decode(body)
}

function parsed(text: string): JsonObject | undefined {
  // A form with a file, or anything else.
  if (text.trimStart()[0] !== '{') return undefined
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
  }
}

function hasLength(init: FetchInit): boolean {
  return init?.headers !== undefined && new Headers(init.headers).has('content-length')
}
