import { runInRequest, type AttributionInput, type ReadRoute } from '../attribution/boundary.ts'
import { invalidOption } from '../invalid-option.ts'

/**
 * Returns the attribution of a request; `undefined` where the user is not known yet, and `setAttribution` sets it
 * later. Called once for each request; an error that it throws is the error of the request.
 *
 * @typeParam Parameters what the middleware passes: the request, or the parameters of a handler.
 */
export type GetAttribution<Parameters extends readonly unknown[]> = (
  ...parameters: Parameters
) => AttributionInput | undefined | Promise<AttributionInput | undefined>

/**
 * For set-up: a value that is not callable would fail every request.
 *
 * @throws TypeError if `getAttribution` is not a function.
 */
export function assertGetAttribution(getAttribution: unknown): void {
  if (typeof getAttribution !== 'function') {
    throw invalidOption('getAttribution', 'a function that returns an attribution', getAttribution)
  }
}

/** Runs a request inside a boundary of its own, also if it has no user. */
export async function runInBoundary<Parameters extends readonly unknown[], Result>(
  getAttribution: GetAttribution<Parameters> | undefined,
  parameters: Parameters,
  readRoute: ReadRoute,
  run: () => Result,
): Promise<Awaited<Result>> {
  const attribution = await getAttribution?.(...parameters)
  return await runInRequest(attribution, readRoute, run)
}

/** For frameworks that continue by a callback: calls `next` inside the boundary, or with the error. */
export async function callNextInBoundary<Parameters extends readonly unknown[]>(
  getAttribution: GetAttribution<Parameters> | undefined,
  parameters: Parameters,
  readRoute: ReadRoute,
  next: (error?: unknown) => void,
): Promise<void> {
  let isOpen = false
  try {
    await runInBoundary(getAttribution, parameters, readRoute, () => {
      isOpen = true
      next()
    })
  } catch (error) {
    // The framework handles the errors of the handlers that `next` runs.
    if (isOpen) throw error
    next(error)
  }
}
