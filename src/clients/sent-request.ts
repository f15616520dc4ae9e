import { asObject, type JsonObject } from '../span/json.ts'
import { endpointOf, type Endpoint } from './endpoint.ts'
import { askForUsage } from './include-usage.ts'

/** What `fetch` takes. */
export type FetchInput = Parameters<typeof fetch>[0]
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

/** Reads a request. Returns `undefined` if it is for no provider. The body of a `Request` is a stream, and is left alone. */
export function readRequest(
  input: FetchInput,
  init: FetchInit,
  provider: string | undefined,
): SentRequest | undefined {
  const request = typeof input === 'object' && 'url' in input ? input : undefined
  const address = request === undefined ? String(input) : request.url
  const method = init?.method ?? request?.method ?? 'GET'
  if (method.toUpperCase() !== 'POST' || !URL.canParse(address)) return undefined
  const url = new URL(address)
  const endpoint = endpointOf(url, provider)
  if (endpoint === undefined) return undefined
  const text = textOf(init?.body)
  const body = text === undefined ? undefined : parsed(text)
  const asked =
    body === undefined || hasLength(init) ? undefined : askForUsage(endpoint, url, text ?? '', body)
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

/** A caller that states the length of its body sends that body. */
function hasLength(init: FetchInit): boolean {
  return init?.headers !== undefined && new Headers(init.headers).has('content-length')
}
