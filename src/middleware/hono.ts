import { assertGetAttribution, runInBoundary, type GetAttribution } from './request-scope.ts'

/**
 * Hono middleware: attributes all AI calls of a request to the user that `getAttribution` returns, however late they are
 * made, including streams that outlive the handler. Use it after authentication; or before it, with `setAttribution`
 * once the user is known.
 *
 * @typeParam Context the context of Hono.
 * @param getAttribution returns the attribution of a request. Without it, `setAttribution` sets it.
 * @throws TypeError if `getAttribution` is not a function.
 *
 * @example
 * ```ts
 * import { honoAttribution } from 'costspan/middleware'
 * import { Hono, type Context } from 'hono'
 *
 * const app = new Hono()
 * app.use(honoAttribution((context: Context) => ({ userId: context.req.header('x-user-id') })))
 * ```
 */
export function honoAttribution<Context>(
  getAttribution?: GetAttribution<[Context]>,
): (context: Context, next: () => Promise<void>) => Promise<void> {
  if (getAttribution !== undefined) assertGetAttribution(getAttribution)
  return (context, next) => runInBoundary(getAttribution, [context], () => routeOf(context), next)
}

/**
 * While a handler runs it is the route of that handler. Hono 4.8 deprecates `routePath` of the request in favour of a
 * function of `hono/route`, which reads the same field by a symbol that Hono does not export. Here the property stays:
 * it works in each version 4, and an import of `hono/route` would fail in every application without Hono.
 */
function routeOf(context: unknown): unknown {
  return (context as { readonly req?: { readonly routePath?: unknown } }).req?.routePath
}
