import { hasMethod } from './invalid-option.ts'

/**
 * Handles the rejection of a value if it is a promise. Returns whether it is one: of this realm, of another one, or of a
 * library. `instanceof Promise` recognises the first kind alone, and an unhandled rejection ends the process.
 */
export function catchRejection(
  value: unknown,
  failed: (error: unknown) => void = ignore,
): value is PromiseLike<unknown> {
  if (!hasMethod(value, 'then')) return false
  try {
    // Its own `then` may throw, and so may a handler: `Promise.resolve` turns both into rejections.
    Promise.resolve(value).then(undefined, failed).catch(ignore)
  } catch {
    // The constructor of a subclass threw, so there is no promise that could reject.
  }
  return true
}

function ignore(): void {}
