import { assertGetAttribution, callNextInBoundary, type GetAttribution } from './request-scope.ts'

/**
 * A Fastify hook: attributes all AI calls of a request to the user that `getAttribution` returns, however late they are
 * made, including streams that outlive the handler. Add it as a `preHandler`, after authentication; where the user is
 * not known yet, `setAttribution` can set it later. Tested with Fastify 5.
 *
 * @throws TypeError if `getAttribution` is not a function.
 *
 * @example
 * app.addHook('preHandler', fastifyAttribution((request) => ({ userId: request.user?.id })))
 */
export function fastifyAttribution<Request>(
  getAttribution?: GetAttribution<[Request]>,
): (request: Request, reply: unknown, done: (error?: Error) => void) => void {
  if (getAttribution !== undefined) assertGetAttribution(getAttribution)
  return (request, _reply, done) =>
    void callNextInBoundary(getAttribution, [request], (error) => done(asError(error)))
}

function asError(error: unknown): Error | undefined {
  return error === undefined || error instanceof Error
    ? error
    : new Error('The attribution of a request was rejected', { cause: error })
}
