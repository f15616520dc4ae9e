/**
 * Whether a value is a promise: of this realm, of another one, or of a library. `instanceof Promise` recognises the first
 * kind alone, and an unhandled rejection ends the process.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false
  try {
    return typeof (value as Partial<PromiseLike<unknown>>).then === 'function'
  } catch {
    return false
  }
}

/** Handles the rejection of a value if it is a promise. Returns whether it is one. */
export function catchRejection(
  value: unknown,
  failed: (error: unknown) => void = ignore,
): value is PromiseLike<unknown> {
  if (!isThenable(value)) return false
  try {
    // Its own `then` may throw, and so may a handler: `Promise.resolve` turns both into rejections.
    Promise.resolve(value).then(undefined, failed).catch(ignore)
  } catch {
    // The constructor of a subclass threw, so there is no promise that could reject.
  }
  return true
}

function ignore(): void {}
