import { invalidOption } from '../invalid-option.ts'
import { assertGetAttribution, runInBoundary, type GetAttribution } from './request-scope.ts'

/**
 * Wraps a route handler or a server action of Next.js: attributes all its AI calls to the user that `getAttribution`
 * returns, however late they are made, including streams that outlive the handler. `getAttribution` receives the
 * parameters of the handler; with `headers()` or your session library it needs none of them.
 *
 * @typeParam Handler the route handler or server action.
 * @param getAttribution returns the attribution of a request, by the parameters of the handler.
 * @param handler the route handler or server action.
 * @throws TypeError if `getAttribution` or `handler` is not a function.
 *
 * @example
 * ```ts
 * import { openai } from '@ai-sdk/openai'
 * import { streamText } from 'ai'
 * import { nextAttribution } from 'costspan/middleware'
 * import { authenticate } from './authenticate.ts'
 *
 * export const POST = nextAttribution(
 *   async (request: Request) => ({ userId: (await authenticate(request)).user.id }),
 *   async (request: Request) =>
 *     streamText({ model: openai('gpt-4o'), prompt: await request.clone().text() }).toUIMessageStreamResponse(),
 * )
 * ```
 */
export function nextAttribution<Handler extends (...parameters: never[]) => unknown>(
  getAttribution: GetAttribution<Parameters<Handler>>,
  handler: Handler,
): (...parameters: Parameters<Handler>) => Promise<Awaited<ReturnType<Handler>>> {
  assertGetAttribution(getAttribution)
  if (typeof handler !== 'function') throw invalidOption('handler', 'a function', handler)
  return (...parameters) =>
    runInBoundary(
      getAttribution,
      parameters,
      routeOf(parameters).then((route) => () => route),
      () => handler(...parameters) as ReturnType<Handler>,
    )
}

/** As of a `Request`: the parameter of a server action may be an object with a URL. */
interface Headers {
  get(name: string): unknown
}

/** The path of a URL. No framework has longer routes. */
const path = /^[a-z]{1,10}:\/\/[^/]{0,255}(\/[^?#]{0,255})/

/**
 * The route of a handler: the path of its request, with the name of each dynamic segment instead of its value. A server
 * action has no request of its own.
 */
async function routeOf([request, context]: readonly unknown[]): Promise<string | undefined> {
  try {
    const { url, headers } = (request ?? {}) as {
      readonly url?: unknown
      readonly headers?: unknown
    }
    if (typeof (headers as Partial<Headers> | undefined)?.get !== 'function') return undefined
    const { params } = (context ?? {}) as { readonly params?: unknown }
    const found = typeof url === 'string' ? path.exec(url)?.[1] : undefined
    return found === undefined ? undefined : withNames(found, (await params) ?? {})
  } catch {
    // The handler that awaits the parameters gets the error.
    return undefined
  }
}

/** The values are encoded as the path is, or decoded: that differs between versions of Next.js. */
function withNames(pathname: string, params: object): string {
  const segments = pathname.split('/')
  for (const [name, value] of Object.entries(params)) {
    const isMany = Array.isArray(value)
    const values: readonly unknown[] = isMany ? value : [value]
    const start = segments.findIndex((_, index) =>
      values.every((one, offset) => isSegment(segments[index + offset], one)),
    )
    if (start === -1 || values.length === 0) continue
    segments.splice(start, values.length, isMany ? `[...${name}]` : `[${name}]`)
  }
  return segments.join('/')
}

function isSegment(segment: string | undefined, value: unknown): boolean {
  return segment !== undefined && (segment === value || decodeURIComponent(segment) === value)
}
