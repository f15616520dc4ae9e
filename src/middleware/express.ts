import { assertGetAttribution, callNextInBoundary, type GetAttribution } from './request-scope.ts'

/**
 * Express middleware: attributes all AI calls of a request to the user that `getAttribution` returns, however late they
 * are made, including streams that outlive the handler. Use it after authentication; or before it, with
 * `setAttribution` once the user is known. Tested with Express 5; fits every framework with such middleware.
 *
 * @typeParam Request the request of the framework.
 * @param getAttribution returns the attribution of a request. Without it, `setAttribution` sets it.
 * @throws TypeError if `getAttribution` is not a function.
 *
 * @example
 * ```ts
 * import { expressAttribution } from 'costspan/middleware'
 * import express from 'express'
 *
 * const app = express()
 * app.use(expressAttribution((request: express.Request) => ({ userId: request.get('x-user-id') })))
 * ```
 */
export function expressAttribution<Request>(
  getAttribution?: GetAttribution<[Request]>,
): (request: Request, response: unknown, next: (error?: unknown) => void) => void {
  if (getAttribution !== undefined) assertGetAttribution(getAttribution)
  return (request, _response, next) =>
    void callNextInBoundary(getAttribution, [request], () => routeOf(request), next)
}

/** Without the path that a router is mounted at: there Express keeps only the path of the request, ids included. */
function routeOf(request: unknown): unknown {
  return (request as { readonly route?: { readonly path?: unknown } }).route?.path
}
