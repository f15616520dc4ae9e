import { assertGetAttribution, callNextInBoundary, type GetAttribution } from './request-scope.ts'

/**
 * Express middleware: attributes all AI calls of a request to the user that `getAttribution` returns, however late they
 * are made, including streams that outlive the handler. Use it after authentication; or before it, with
 * `setAttribution` once the user is known. Tested with Express 5; fits every framework with such middleware.
 *
 * @throws TypeError if `getAttribution` is not a function.
 *
 * @example
 * app.use(expressAttribution((request) => ({ userId: request.user?.id, tenantId: request.user?.org })))
 */
export function expressAttribution<Request>(
  getAttribution?: GetAttribution<[Request]>,
): (request: Request, response: unknown, next: (error?: unknown) => void) => void {
  if (getAttribution !== undefined) assertGetAttribution(getAttribution)
  return (request, _response, next) => void callNextInBoundary(getAttribution, [request], next)
}
