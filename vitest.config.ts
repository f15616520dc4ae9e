import { defineConfig } from 'vitest/config'

export default defineConfig({
  // The sources under their own name, so that tests read as a user's code does.
  resolve: { alias: { costspan: new URL('src/index.ts', import.meta.url).pathname } },
  test: { include: ['test/**/*.test.ts'] },
})
