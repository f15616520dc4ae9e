import { asObject, type JsonObject } from '../span/json.ts'
import { endpointOf, type Endpoint } from './endpoint.ts'
import { askForUsage } from './include-usage.ts'
import { GrowingBytes } from './joined-bytes.ts'

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

/**
 * Reads the JSON that a `Request` sends from a copy. Returns `undefined` at once if it sends none, or too much. The call waits
 * for it. So the promise rejects if the text has not arrived at once, is too long, or the call was aborted.
 */
export function bodyOf({ request }: Target, init: FetchInit): Promise<string> | undefined {
  if (request === undefined || hasBody(init)) return undefined
  const { headers, bodyUsed, body } = request
  if (bodyUsed || body === null) return undefined
  if (headers.get('content-type')?.includes('json') !== true) return undefined
  if (Number(headers.get('content-length') ?? 0) > LONGEST_BODY) return undefined
  const copy = request.clone().body
  return copy === null ? undefined : textOfCopy(copy, init?.signal ?? request.signal)
}

/** What a `Request` was made from is there at once, unless it is a stream, which may never end. */
const LONGEST_WAIT_MILLISECONDS = 50

async function textOfCopy(
  copy: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<string> {
  const reader = copy.getReader()
  const stopping = new AbortController()
  const stop = (): void => stopping.abort()
  const stopped = new Promise<never>((_, reject) => {
    stopping.signal.addEventListener('abort', () => reject(new Error('The body has not arrived.')))
  })
  const timer = setTimeout(stop, LONGEST_WAIT_MILLISECONDS)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    if (signal?.aborted === true) stop()
    return await Promise.race([textOfReader(reader), stopped])
  } catch (error) {
    // The copy keeps what the request sends until it is read or cancelled. The request itself is not cancelled.
    reader.cancel().catch(() => {})
    throw error
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

async function textOfReader(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const bytes = new GrowingBytes()
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one chunk after the other
    const { done, value } = await reader.read()
    if (done) return new TextDecoder().decode(bytes.take())
    if (bytes.length + value.length > LONGEST_BODY) throw new Error('The body is too long.')
    bytes.append(value)
  }
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

/** Headers that cannot be read count as if they stated a length. */
function hasLength(init: FetchInit): boolean {
  if (init?.headers === undefined) return false
  return readableHeaders(init.headers)?.has('content-length') ?? true
}

/** The headers of a call, or `undefined` if they can be read only once, as those of an iterator. */
export function readableHeaders(headers: NonNullable<FetchInit>['headers']): Headers | undefined {
  if (headers === undefined || headers instanceof Headers) return headers
  const isReadable = Array.isArray(headers)
    ? headers.every((entry) => Array.isArray(entry))
    : // A map, or headers of another library, can be read again.
      !(Symbol.iterator in headers) || 'entries' in headers
  return isReadable ? new Headers(headers) : undefined
}
