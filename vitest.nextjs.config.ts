import { defineConfig } from 'vitest/config'
import base from './vitest.config.ts'

/** Applications that Next.js builds, which also builds `dist` anew: `npm run test:nextjs`. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/nextjs/**/*.test.ts', 'test/flush/freeze.test.ts'],
    exclude: ['**/node_modules/**'],
    fileParallelism: false,
    hookTimeout: 300_000,
  },
})
