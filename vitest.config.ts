import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const source = (path: string): string => new URL(`src/${path}`, import.meta.url).pathname

const doctor = new URL('packages/doctor/src/index.ts', import.meta.url).pathname

export default defineConfig({
  // The sources under their own names, so that tests read as a user's code does.
  resolve: {
    alias: [
      { find: /^costspan$/, replacement: source('index.ts') },
      { find: /^costspan-doctor$/, replacement: doctor },
      { find: /^costspan\/ai-sdk$/, replacement: source('ai-sdk/ai-sdk.ts') },
      { find: /^costspan\/flush$/, replacement: source('serverless/flush.ts') },
      { find: /^costspan\/metrics$/, replacement: source('metrics/cost-metrics.ts') },
      { find: /^costspan\/sampling$/, replacement: source('sampling/record-costs.ts') },
      { find: /^costspan\/prices$/, replacement: source('price/define-prices.ts') },
      {
        find: /^costspan\/exporter$/,
        replacement: source('exporter/cost-span-exporter.ts'),
      },
      { find: /^costspan\/charges$/, replacement: source('charges.ts') },
      {
        find: /^costspan\/(backends|ledger|otlp|propagation)$/,
        replacement: source('$1/index.ts'),
      },
      { find: /^costspan\/record$/, replacement: source('manual/index.ts') },
      { find: /^costspan\/(express|fastify|hono|next)$/, replacement: source('middleware/$1.ts') },
    ],
  },
  test: {
    // Our own warnings, of which many tests have some; who looks for them spies on the console.
    onConsoleLog: (log) => !/^(costspan: .*\n?)+$/.test(log),
    // One more than there are cores, since many suites wait: for child processes, for streams that break off. By itself
    // vitest takes one less, which is one worker on two cores.
    maxWorkers: availableParallelism() + 1,
    // Of a machine that does other work besides; no test asserts how long something takes.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    include: ['{test,packages/*/test}/**/*.test.ts'],
    // Suites of their own in package.json, which install something or build applications.
    exclude: [
      'test/{backends-live,faults,install,nextjs,runtimes}/**',
      'test/flush/freeze.test.ts',
      '**/node_modules/**',
    ],
  },
})
