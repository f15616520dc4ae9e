import { assertGetAttribution, callNextInBoundary, type GetAttribution } from './request-scope.ts'

/**
 * A Fastify hook: attributes all AI calls of a request to the user that `getAttribution` returns, however late they are
 * made, including streams that outlive the handler. Add it as a `preHandler`, after authentication; where the user is
 * not known yet, `setAttribution` can set it later. Tested with Fastify 5.
 *
 * @typeParam Request the request of Fastify.
 * @param getAttribution returns the attribution of a request. Without it, `setAttribution` sets it.
 * @throws TypeError if `getAttribution` is not a function.
 *
 * @example
 * ```ts
 * import { fastifyAttribution } from 'costspan/middleware'
 * import fastify, { type FastifyRequest } from 'fastify'
 *
 * const app = fastify()
 * app.addHook(
 *   'preHandler',
 *   fastifyAttribution((request: FastifyRequest) => ({ userId: request.headers['x-user-id']?.toString() })),
 * )
 * ```
 */
export function fastifyAttribution<Request>(
  getAttribution?: GetAttribution<[Request]>,
): (request: Request, reply: unknown, done: (error?: Error) => void) => void {
  if (getAttribution !== undefined) assertGetAttribution(getAttribution)
  return (request, _reply, done) =>
    void callNextInBoundary(
      getAttribution,
      [request],
      () => routeOf(request),
      (error) => done(asError(error)),
    )
}

function routeOf(request: unknown): unknown {
  return (request as { readonly routeOptions?: { readonly url?: unknown } }).routeOptions?.url
}

function asError(error: unknown): Error | undefined {
  return error === undefined || error instanceof Error
    ? error
    : new Error('The attribution of a request was rejected', { cause: error })
}
