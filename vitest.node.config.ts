import { defineConfig } from 'vitest/config'
import { base, suites } from './vitest.config.ts'

/**
 * Suites in which the version of Node can change an outcome, each with what it takes from Node. `no-leak` weighs the heap,
 * which needs a machine that does nothing else: it runs in `npm test` alone.
 */
export const suitesOfNode: readonly (readonly [path: string, takes: string])[] = [
  [
    'test/live/**/*.test.ts',
    'AsyncLocalStorage and web streams, under each AI SDK; Node 24 has another AsyncLocalStorage',
  ],
  [
    'test/compatibility/{ai,broken,raw}-*.test.ts',
    'AsyncLocalStorage across tools, agents and broken streams, by each client',
  ],
  ['test/telemetry/**/*.test.ts', 'AsyncLocalStorage in the integration of AI SDK 7'],
  [
    'test/newcomers/{attributed-to,request-signal,set-up-twice,unfinished-calls}*.test.ts',
    'AsyncLocalStorage, AbortSignal, web streams',
  ],
  ['test/{attribution,baggage,with-attribution,billed}.test.ts', 'AsyncLocalStorage'],
  ['test/request/**/*.test.ts', 'the server of node:http, under each framework'],
  ['test/broken-calls/**/*.test.ts', 'fetch, and streams that break off'],
  ['test/record/**/*.test.ts', 'the process warnings, fetch and streams of raw clients'],
  ['test/raw/**/*.test.ts', 'instrumentations that hook into `require` and `import`'],
  ['test/pipelines/**/*.test.ts', 'exporters by node:http and fetch'],
  [
    'test/lanes/**/*.test.ts',
    'the OpenTelemetry SDKs 1 and 3, which choose by the version of Node',
  ],
  ['test/otlp/**/*.test.ts', 'node:http, proxies, connections that are refused'],
  ['test/backends/**/*.test.ts', 'node:http'],
  ['test/metrics/**/*.test.ts', 'the exporter of Prometheus by node:http'],
  ['test/sampling/**/*.test.ts', 'AsyncLocalStorage in @vercel/otel'],
  ['test/ledger/**/*.test.ts', 'node:fs, locks of files, the events of a process that ends'],
  ['test/hostile/{ledger,report}*.test.ts', 'node:fs, node:zlib, the names and the times of files'],
  ['test/cli-*.test.ts', 'a child process, its exit code, its output, Intl and time zones'],
  ['test/flush/**/*.test.ts', 'child processes that are frozen or sent a signal'],
  ['test/propagation/**/*.test.ts', 'node:crypto, and two processes with a pipe between them'],
  [
    'packages/doctor/test/{command,loading,imported,safety}*.test.ts',
    'a child process, and how ESM and CommonJS find modules',
  ],
  ['packages/doctor/test/bounds.test.ts', 'a child process with a bounded heap'],
  ['test/{commonjs,package,api}.test.ts', '`import` and `require` of the built package'],
  [
    'test/{demo,readme}.test.ts',
    'child processes, and the blocks of the documentation, which are executed',
  ],
  ['test/{unfinished-calls,held-ends}.test.ts', 'FinalizationRegistry and WeakRef'],
  [
    'test/hostile/{given-up-calls,steady-load,failing-parts,each-call-once}*.test.ts',
    'FinalizationRegistry, microtasks, unhandled rejections',
  ],
  [
    'test/hostile/{flush-options,late-provider,price-source}*.test.ts',
    'timers that hold a process, rejections',
  ],
  ['test/hostile/{price-patterns,scans}*.test.ts', 'the engine of regular expressions'],
  [
    'test/hostile/{disguised-ids,long-ids,request-headers,dropped-content,refused-labels,span-limits,bad-options,metrics}*.test.ts',
    'Unicode, JSON, and the texts of errors',
  ],
  [
    'test/privacy/{personal,protect,exporter,vercel-otel}*.test.ts',
    'Unicode in regular expressions, node:crypto',
  ],
  [
    'test/{processor,processor-hooks,exporter,call,charge,warnings}.test.ts',
    'the core itself, and its warnings',
  ],
]

/** The same package on another Node than that of `npm test`: `npm run test:node`, by the `node` that is on the path. */
export default defineConfig({ ...base, test: suites(suitesOfNode.map(([path]) => path)) })
