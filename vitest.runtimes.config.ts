import { defineConfig } from 'vitest/config'
import { base } from './vitest.config.ts'

/** Bun and workerd, which are installed for it: `npm run test:runtimes`. */
export default defineConfig({
  ...base,
  test: {
    include: ['test/runtimes/**/*.test.ts'],
    fileParallelism: false,
    hookTimeout: 300_000,
    testTimeout: 300_000,
  },
})
