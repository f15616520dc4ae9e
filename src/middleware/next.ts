import { invalidOption } from '../invalid-option.ts'
import { assertPayer, open, type Payer } from './request-scope.ts'

/**
 * Wraps a route handler or a server action of Next.js: all its AI calls are charged to whom `payer`
 * names, however late they are made, streams that outlive the handler included. `payer` is handed what
 * the handler is handed; with `headers()` or your session it needs nothing of that.
 *
 * @throws TypeError if `payer` or `handler` is no function.
 *
 * @example
 * export const POST = attributed(
 *   async () => ({ userId: (await auth())?.user?.id }),
 *   async (request: Request) => streamText({ model, prompt: await request.text() }).toUIMessageStreamResponse(),
 * )
 */
export function attributed<Handler extends (...parameters: never[]) => unknown>(
  payer: Payer<Parameters<Handler>>,
  handler: Handler,
): (...parameters: Parameters<Handler>) => Promise<Awaited<ReturnType<Handler>>> {
  assertPayer(payer)
  if (typeof handler !== 'function') throw invalidOption('handler', 'a function', handler)
  return (...parameters) =>
    open(payer, parameters, () => handler(...parameters) as ReturnType<Handler>)
}
