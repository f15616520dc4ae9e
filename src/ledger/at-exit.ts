type Run = () => void

/** Functions to run when the process exits; shared by copies of this module, such as those of a hot reload. */
const KEY = Symbol.for('costspan.ledger.atExit')

/** One listener for all ledgers: Node warns about more than ten. */
export function onExit(run: Run): void {
  const shared = globalThis as { [KEY]?: Set<Run> }
  let runs = shared[KEY]
  if (runs === undefined) {
    const all = new Set<Run>()
    runs = shared[KEY] = all
    process.on('exit', () => {
      for (const each of all) each()
    })
  }
  runs.add(run)
}

export function offExit(run: Run): void {
  ;(globalThis as { [KEY]?: Set<Run> })[KEY]?.delete(run)
}
