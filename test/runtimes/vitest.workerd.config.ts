import { createRequire, isBuiltin } from 'node:module'
import { pathToFileURL } from 'node:url'
import { defineConfig, type Plugin } from 'vitest/config'
import { base } from '../../vitest.config.ts'
import { core } from './core.ts'

/** Of Cloudflare, installed elsewhere: see workerd.test.ts. */
const plugin = process.env['CLOUDFLARE_VITEST_PLUGIN'] ?? ''
const { cloudflareTest } = (await import(pathToFileURL(plugin).href)) as {
  cloudflareTest(this: void, options: object): Plugin
}

/** There are no files in workerd: what support/fixtures.ts reads is bundled. */
const fixtures: Plugin = {
  name: 'fixtures',
  enforce: 'pre',
  load: (id) =>
    id.endsWith('/test/support/fixtures.ts')
      ? `const files = import.meta.glob('../fixtures/**/*.json', { eager: true, query: '?raw', import: 'default' })
         const revive = (_name, value) => (value?.$number === undefined ? value : Number(value.$number))
         export const loadFixtures = () =>
           Object.keys(files).toSorted().map((file) => JSON.parse(files[file], revive))`
      : undefined,
}

/** A package that is required is CommonJS, as in Node: Cloudflare's plugin takes the other one of the two. */
const required: Plugin = {
  name: 'required packages',
  enforce: 'pre',
  resolveId: (id, importer, options) => {
    const resolving = options.custom?.['node-resolve'] as { isRequire?: boolean } | undefined
    if (resolving?.isRequire !== true || importer === undefined || isBuiltin(id)) return undefined
    return createRequire(importer.replace(/\?.*/, '')).resolve(id)
  },
}

/** `npm run test:runtimes` runs it. */
export default defineConfig({
  ...base,
  root: new URL('../..', import.meta.url).pathname,
  cacheDir: process.env['CACHE'] ?? '',
  plugins: [
    fixtures,
    required,
    cloudflareTest({
      miniflare: { compatibilityDate: '2026-11-01', compatibilityFlags: ['nodejs_compat'] },
    }),
  ],
  test: {
    include: core,
    setupFiles: ['test/runtimes/workerd-setup.ts'],
    testTimeout: 60_000,
    // Whether a timer keeps a process alive: workerd has no process.
    testNamePattern: /^(?!.*does not keep a process alive)/,
  },
})
