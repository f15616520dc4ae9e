import { assertPayer, openAndGoOn, type Payer } from './request-scope.ts'

/**
 * A Fastify hook: all AI calls of a request are charged to whom `payer` names, however late they are
 * made, streams that outlive the handler included. Add it as a `preHandler`, after what authenticates;
 * where nobody is known yet, `setAttribution` can tell later. Tested with Fastify 5.
 *
 * @throws TypeError if `payer` is no function.
 *
 * @example
 * app.addHook('preHandler', attribution((request) => ({ userId: request.user?.id })))
 */
export function attribution<Request>(
  payer?: Payer<[Request]>,
): (request: Request, reply: unknown, done: (error?: Error) => void) => void {
  if (payer !== undefined) assertPayer(payer)
  return (request, _reply, done) =>
    void openAndGoOn(payer, [request], (error) => done(asError(error)))
}

function asError(error: unknown): Error | undefined {
  return error === undefined || error instanceof Error
    ? error
    : new Error('The payer of a request was rejected', { cause: error })
}
