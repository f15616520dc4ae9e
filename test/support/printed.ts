import { afterEach, beforeEach, vi, type MockInstance } from 'vitest'

/** The process forgets what its console has shown: as in a new process. */
export function forgetPrinted(): void {
  delete (globalThis as { [name: symbol]: unknown })[Symbol.for('costspan.warnings')]
}

/** What the console shows in each test of a file, in a process that has shown nothing before. */
export function capturePrinted(): unknown[][] {
  const printed: unknown[][] = []
  let spy: MockInstance | undefined
  beforeEach(() => {
    forgetPrinted()
    printed.length = 0
    spy = vi.spyOn(console, 'warn').mockImplementation((...line) => void printed.push(line))
  })
  afterEach(() => spy?.mockRestore())
  return printed
}
