import { invalidOption } from '../invalid-option.ts'

/** The form of an error's name. A message in its place would make each error a type. */
const errorName = /^[\w.$-]{1,64}$/

/**
 * The `error.type` of a failed call: the HTTP status if the provider refused it, as the clients of OpenAI,
 * Anthropic and Google (`status`), the AI SDK (`statusCode`) and AWS (`$metadata`) state it; else the
 * error's name. `undefined` if the call did not fail.
 *
 * @throws TypeError if it is neither a boolean nor an object.
 */
export function errorTypeOf(error: unknown): string | undefined {
  if (error === undefined || error === null || error === false) return undefined
  if (error === true) return '_OTHER'
  if (typeof error !== 'object') throw invalidOption('error', 'a boolean or an error', error)
  const { status, statusCode, $metadata, name } = error as {
    readonly [field: string]: unknown
    readonly $metadata?: { readonly httpStatusCode?: unknown } | null
  }
  const refused = [status, statusCode, $metadata?.httpStatusCode].find(isHttpError)
  if (refused !== undefined) return String(refused)
  return typeof name === 'string' && errorName.test(name) ? name : '_OTHER'
}

function isHttpError(status: unknown): status is number {
  return Number.isInteger(status) && Number(status) >= 400 && Number(status) < 600
}
