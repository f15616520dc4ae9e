import type { Package } from './names.ts'

/** What a child process is asked for. */
export interface Task {
  readonly suite: string
  /** Which of the two packages is fed. */
  readonly role: 'old' | 'new'
  readonly folder: string
  /** The folder of the other package. */
  readonly other: string
  /** A folder that both children write files into, under names that begin with their role. */
  readonly scratch: string
  readonly seed: number
  /** Spans of the suite of random ones; others take a part of it. */
  readonly count: number
}

/** Writes one line of results. */
export type Write = (id: string, result: unknown) => Promise<void>
export type Suite = (from: Package, task: Task, write: Write) => Promise<void>

/** What a function returns, or the name of its error: the text of an error may change. */
export function outcomeOf(run: () => unknown): unknown {
  try {
    return { returned: run() }
  } catch (error) {
    const { name, reason } = error as { name?: unknown; reason?: unknown }
    return { threw: name, ...(typeof reason === 'string' && { reason }) }
  }
}
