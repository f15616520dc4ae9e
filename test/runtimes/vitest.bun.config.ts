import { defineConfig } from 'vitest/config'
import { base } from '../../vitest.config.ts'
import { core, onServers } from './core.ts'

/** `npm run test:runtimes` runs it, on Bun. */
export default defineConfig({
  ...base,
  root: new URL('../..', import.meta.url).pathname,
  cacheDir: process.env['CACHE'] ?? '',
  // Vite evaluates modules as functions, where Bun knows no private names.
  oxc: { target: 'es2021' },
  test: {
    include: [...core, ...onServers],
    testTimeout: 60_000,
    // It may find spans of the test before it: of readers that left, which Bun notices later.
    testNamePattern: /^(?!.*requests of five hundred users)/,
  },
})
