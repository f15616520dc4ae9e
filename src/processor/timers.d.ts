/**
 * The two globals that every runtime has (Node, Bun, workerd, browsers); the library is compiled
 * without the types of any.
 */
declare function setTimeout(run: () => void, milliseconds: number): number | { unref?(): void }
declare function clearTimeout(timer: number | { unref?(): void } | undefined): void
