import { assertPayer, openAndGoOn, type Payer } from './request-scope.ts'

/**
 * Express middleware: all AI calls of a request are charged to whom `payer` names, however late they
 * are made, streams that outlive the handler included. Use it after what authenticates; or before, with
 * `setAttribution` once the user is known. Tested with Express 5; fits whatever takes
 * such middleware.
 *
 * @throws TypeError if `payer` is no function.
 *
 * @example
 * app.use(attribution((request) => ({ userId: request.user?.id, tenantId: request.user?.org })))
 */
export function attribution<Request>(
  payer?: Payer<[Request]>,
): (request: Request, response: unknown, next: (error?: unknown) => void) => void {
  if (payer !== undefined) assertPayer(payer)
  return (request, _response, next) => void openAndGoOn(payer, [request], next)
}
