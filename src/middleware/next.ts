import { invalidOption } from '../invalid-option.ts'
import { assertGetAttribution, runInBoundary, type GetAttribution } from './request-scope.ts'

/**
 * Wraps a route handler or a server action of Next.js: attributes all its AI calls to the user that `getAttribution`
 * returns, however late they are made, including streams that outlive the handler. `getAttribution` receives the
 * parameters of the handler; with `headers()` or your session library it needs none of them.
 *
 * @throws TypeError if `getAttribution` or `handler` is not a function.
 *
 * @example
 * export const POST = nextAttribution(
 *   async () => ({ userId: (await auth())?.user?.id }),
 *   async (request: Request) => streamText({ model, prompt: await request.text() }).toUIMessageStreamResponse(),
 * )
 */
export function nextAttribution<Handler extends (...parameters: never[]) => unknown>(
  getAttribution: GetAttribution<Parameters<Handler>>,
  handler: Handler,
): (...parameters: Parameters<Handler>) => Promise<Awaited<ReturnType<Handler>>> {
  assertGetAttribution(getAttribution)
  if (typeof handler !== 'function') throw invalidOption('handler', 'a function', handler)
  return (...parameters) =>
    runInBoundary(getAttribution, parameters, () => handler(...parameters) as ReturnType<Handler>)
}
