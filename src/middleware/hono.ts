import { assertPayer, open, type Payer } from './request-scope.ts'

/**
 * Hono middleware: all AI calls of a request are charged to whom `payer` names, however late they are
 * made, streams that outlive the handler included. Use it after what authenticates; or before, with
 * `setAttribution` once the user is known.
 *
 * @throws TypeError if `payer` is no function.
 *
 * @example
 * app.use(attribution((context) => ({ userId: context.get('user')?.id })))
 */
export function attribution<Context>(
  payer?: Payer<[Context]>,
): (context: Context, next: () => Promise<void>) => Promise<void> {
  if (payer !== undefined) assertPayer(payer)
  return (context, next) => open(payer, [context], next)
}
