import { defineConfig } from 'vitest/config'
import { base } from './vitest.config.ts'

/** Real backends, which have to be installed: `npm run test:backends`. */
export default defineConfig({
  ...base,
  test: {
    include: ['test/real-backends/**/*.test.ts'],
    fileParallelism: false,
    hookTimeout: 300_000,
    testTimeout: 120_000,
  },
})
