import { assertGetAttribution, runInBoundary, type GetAttribution } from './request-scope.ts'

/**
 * Hono middleware: attributes all AI calls of a request to the user that `getAttribution` returns, however late they are
 * made, including streams that outlive the handler. Use it after authentication; or before it, with `setAttribution`
 * once the user is known.
 *
 * @throws TypeError if `getAttribution` is not a function.
 *
 * @example
 * app.use(honoAttribution((context) => ({ userId: context.get('user')?.id })))
 */
export function honoAttribution<Context>(
  getAttribution?: GetAttribution<[Context]>,
): (context: Context, next: () => Promise<void>) => Promise<void> {
  if (getAttribution !== undefined) assertGetAttribution(getAttribution)
  return (context, next) => runInBoundary(getAttribution, [context], next)
}
