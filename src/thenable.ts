/**
 * Whether a value is a promise: of this realm, of another one, or of a library. `instanceof Promise`
 * knows the first kind alone, and a rejection that nobody handles ends the process.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false
  try {
    return typeof (value as Partial<PromiseLike<unknown>>).then === 'function'
  } catch {
    return false
  }
}

/** Handles the rejection of a value that is a promise. Returns whether it is one. */
export function catchRejection(
  value: unknown,
  failed: (error: unknown) => void = ignore,
): value is PromiseLike<unknown> {
  if (!isThenable(value)) return false
  try {
    // Its own `then` may throw, and so may a handler: `Promise.resolve` makes of both a rejection.
    Promise.resolve(value).then(undefined, failed).catch(ignore)
  } catch {
    // A subclass whose constructor throws: no promise of it is left to reject.
  }
  return true
}

function ignore(): void {}
