import { invalidOption } from '../invalid-option.ts'
import { assertGetAttribution, runInBoundary, type GetAttribution } from './request-scope.ts'

/**
 * Wraps a route handler or a server action of Next.js: attributes all its AI calls to the user that `getAttribution`
 * returns, however late they are made, including streams that outlive the handler. `getAttribution` receives the
 * parameters of the handler; with `headers()` or your session library it needs none of them.
 *
 * @typeParam Handler the route handler or server action.
 * @param getAttribution returns the attribution of a request, by the parameters of the handler.
 * @param handler the route handler or server action.
 * @throws TypeError if `getAttribution` or `handler` is not a function.
 *
 * @example
 * ```ts
 * import { openai } from '@ai-sdk/openai'
 * import { streamText } from 'ai'
 * import { nextAttribution } from 'costspan/middleware'
 * import { authenticate } from './authenticate.ts'
 *
 * export const POST = nextAttribution(
 *   async (request: Request) => ({ userId: (await authenticate(request)).user.id }),
 *   async (request: Request) =>
 *     streamText({ model: openai('gpt-4o'), prompt: await request.clone().text() }).toUIMessageStreamResponse(),
 * )
 * ```
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
