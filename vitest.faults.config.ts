import { defineConfig } from 'vitest/config'
import { base } from './vitest.config.ts'

/** What goes wrong, on purpose, for minutes: `npm run test:faults`. */
export default defineConfig({
  ...base,
  test: {
    include: ['test/faults/**/*.test.ts'],
    fileParallelism: false,
    // Rows that mostly wait, side by side.
    maxConcurrency: 12,
    testTimeout: 600_000,
  },
})
