import { defineConfig } from 'vitest/config'
import { base } from './vitest.config.ts'

/** Every install command of README and docs, run as a user runs it: `npm run test:install`. */
export default defineConfig({
  ...base,
  test: {
    include: ['test/install/**/*.test.ts'],
    fileParallelism: false,
    // Two cores, and half of the time a package manager waits for its registry.
    maxConcurrency: 3,
    hookTimeout: 300_000,
    testTimeout: 300_000,
  },
})
