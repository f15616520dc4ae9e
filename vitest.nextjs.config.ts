import { defineConfig } from 'vitest/config'
import { base, settings } from './vitest.config.ts'

/** Applications that Next.js builds, which also builds `dist` anew: `npm run test:nextjs`. */
export default defineConfig({
  ...base,
  test: {
    ...settings,
    include: ['test/nextjs/**/*.test.ts'],
    fileParallelism: false,
    hookTimeout: 300_000,
  },
})
