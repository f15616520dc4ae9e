/**
 * Returns the one object of a process for a purpose: a bundler gives a route and the set-up a copy of this package each,
 * and a set-up that is imported twice creates two processors. Copies of other versions use the same key, so the shape is
 * checked.
 */
export function processState<State extends object>(
  name: string,
  create: () => State,
  isOfThisVersion: (found: Partial<State>) => boolean,
): () => State {
  const key = Symbol.for(`costspan.${name}`)
  /** Used by this copy of the package alone, where the global object is frozen or holds that of another version. */
  const own = create()
  return () => {
    try {
      const shared = globalThis as { [key: symbol]: State | undefined }
      const found = (shared[key] ??= create())
      return isOfThisVersion(found) ? found : own
    } catch {
      return own
    }
  }
}
