import type { ReadRoute } from '../attribution/boundary.ts'
import { invalidOption } from '../invalid-option.ts'
import { assertGetAttribution, runInBoundary, type GetAttribution } from './request-scope.ts'

/**
 * Wraps a route handler or a server action of Next.js: attributes all its AI calls to the user that `getAttribution`
 * returns, however late they are made, including streams that outlive the handler. `getAttribution` receives the
 * parameters of the handler; with `headers()` or your session library it needs none of them.
 *
 * The route of a charge has the names of the dynamic segments: `/chat/[id]`, `/docs/[...slug]`. The parameters of a handler
 * do not show whether a catch-all segment is optional, so `[[...slug]]` is written as `[...slug]`, and is absent where the
 * path has no such segment. No two routes share a form, because Next.js refuses both kinds of segment in one place.
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
  return (...parameters) => {
    const readRoute = routeReader(parameters)
    return runInBoundary(
      async (...given: Parameters<Handler>) => {
        const attribution = await getAttribution(...given)
        // oxlint-disable-next-line no-await-in-loop -- it is there to wait
        for (let tick = 0; tick < PARAMETER_TICKS; tick++) await Promise.resolve()
        return attribution
      },
      parameters,
      readRoute,
      () => handler(...parameters) as ReturnType<Handler>,
    )
  }
}

/** Microtasks that resolved parameters need at most: `next dev` hands on a proxy of their promise, which takes more. */
const PARAMETER_TICKS = 4

/** As of a `Request`: the parameter of a server action may be an object with a URL. */
interface Headers {
  get(name: string): unknown
}

/** The path of a URL. No framework has longer routes, and in a cut path the last segment could not be replaced by its name. */
const path = /^[a-z]{1,10}:\/\/[^/]{0,255}(\/[^?#]{0,255})(?:[?#]|$)/

/**
 * Reads the route of a handler once a call starts: that of a request makes a static handler of Next.js dynamic. The
 * handler does not wait for the parameters, which are there before it runs as a rule; until then there is no route.
 */
function routeReader([request, context]: readonly unknown[]): ReadRoute {
  let params: object | undefined
  const wait = async (): Promise<void> => {
    try {
      // Only a route handler of the App Router gets them: elsewhere the dynamic segments of the path are not known.
      if (typeof context !== 'object' || context === null || !('params' in context)) return
      params = (await context.params) ?? {}
    } catch {
      // The handler that awaits the parameters gets the error.
    }
  }
  void wait()
  return () => (params === undefined ? undefined : routeOf(request, params))
}

/**
 * The path of a request, with the name of each dynamic segment instead of its value. A server action has no request of
 * its own.
 */
function routeOf(request: unknown, params: object): string | undefined {
  const { url, headers } = (request ?? {}) as {
    readonly url?: unknown
    readonly headers?: unknown
  }
  if (typeof (headers as Partial<Headers> | undefined)?.get !== 'function') return undefined
  const found = typeof url === 'string' ? path.exec(url)?.[1] : undefined
  return found === undefined ? undefined : withNames(found, params)
}

/** `undefined` if a value is not in the path, as after a rewrite, or is there twice: then its segment is not known. */
function withNames(pathname: string, params: object): string | undefined {
  const segments = pathname.split('/')
  for (const [name, value] of Object.entries(params)) {
    const isMany = Array.isArray(value)
    const values: readonly unknown[] = isMany ? value : [value]
    // An optional segment that the path does not have.
    if (value === undefined || values.length === 0) continue
    const starts = [...segments.keys()].filter((index) =>
      values.every((one, offset) => isSegment(segments[index + offset], one)),
    )
    const [start] = starts
    if (start === undefined || starts.length > 1) return undefined
    segments.splice(start, values.length, isMany ? `[...${name}]` : `[${name}]`)
  }
  return segments.join('/')
}

/** The values are encoded as the path is, in another way, or decoded: that differs between versions of Next.js. */
function isSegment(segment: string | undefined, value: unknown): boolean {
  if (segment === undefined || typeof value !== 'string') return false
  if (segment === value) return true
  const decoded = decodeURIComponent(segment)
  return decoded === value || decoded === decodeURIComponent(value)
}
