import { defineConfig } from 'vitest/config'
import { base, suites } from './vitest.config.ts'

/**
 * Suites in which the version of Node can change an outcome, each with what it takes from Node. `no-leak` weighs the heap,
 * which needs a machine that does nothing else: it runs in `npm test` alone.
 */
export const suitesOfNode: readonly (readonly [path: string, takes: string])[] = [
  [
    'test/real-sdks/scenarios/**/*.test.ts',
    'AsyncLocalStorage and web streams, under each AI SDK; Node 24 has another AsyncLocalStorage',
  ],
  [
    'test/real-sdks/compatibility/{ai,broken,raw}-*.test.ts',
    'AsyncLocalStorage across tools, agents and broken streams, by each client',
  ],
  ['test/real-sdks/clients/**/*.test.ts', 'instrumentations that hook into `require` and `import`'],
  ['test/duplicates/{anthropic,anthropic-own,openai}.test.ts', 'the same instrumentations'],
  ['test/real-sdks/processors/**/*.test.ts', 'exporters by node:http and fetch'],
  ['test/real-sdks/ai-gateway/**/*.test.ts', 'fetch, and streams that break off'],
  [
    'test/lanes/**/*.test.ts',
    'the OpenTelemetry SDKs 1 and 3, which choose by the version of Node',
  ],
  ['test/ai-sdk/**/*.test.ts', 'AsyncLocalStorage in the integration of AI SDK 7, AbortSignal'],
  [
    'test/{duplicates/set-up-twice,processor/unfinished-calls}.test.ts',
    'AsyncLocalStorage, web streams',
  ],
  ['test/processor/attribute-shapes.test.ts', 'how V8 stores objects'],
  [
    'test/attribution/{attribution,baggage,request-headers,with-attribution}.test.ts',
    'AsyncLocalStorage, and headers in Unicode',
  ],
  [
    'test/diagnostics/{api-copies,self-check-ai-sdk-7}.test.ts',
    'node:diagnostics_channel, and which copy of a package a module finds',
  ],
  ['test/middleware/**/*.test.ts', 'the server of node:http, under each framework'],
  ['test/manual/**/*.test.ts', 'the process warnings, fetch and streams of raw clients'],
  ['test/otlp/**/*.test.ts', 'node:http, proxies, connections that are refused'],
  ['test/backends/**/*.test.ts', 'node:http'],
  ['test/metrics/{cost-metrics,exported}.test.ts', 'the exporter of Prometheus by node:http'],
  ['test/sampling/**/*.test.ts', 'AsyncLocalStorage in @vercel/otel'],
  [
    'test/ledger/**/*.test.ts',
    'node:fs, node:zlib, locks, names and times of files, the events of a process that ends',
  ],
  ['test/cli/**/*.test.ts', 'a child process, its exit code, its output, Intl and time zones'],
  ['test/serverless/{flush,shutdown}.test.ts', 'child processes that are frozen or sent a signal'],
  ['test/propagation/**/*.test.ts', 'node:crypto, and two processes with a pipe between them'],
  [
    'packages/doctor/test/{command,loading,imported,safety}*.test.ts',
    'a child process, and how ESM and CommonJS find modules',
  ],
  ['packages/doctor/test/bounds.test.ts', 'a child process with a bounded heap'],
  [
    'test/package/{api,commonjs,published-files}.test.ts',
    '`import` and `require` of the built package',
  ],
  [
    'test/docs/{demo,readme}.test.ts',
    'child processes, and the blocks of the documentation, which are executed',
  ],
  [
    'test/processor/{abandoned-calls,abandoned-calls-reported,deferred-ends}.test.ts',
    'FinalizationRegistry and WeakRef',
  ],
  [
    'test/processor/{each-call-once,failing-parts,steady-load}.test.ts',
    'FinalizationRegistry, microtasks, unhandled rejections',
  ],
  [
    'test/{serverless/flush-options,metrics/late-provider,price/price-source}.test.ts',
    'timers that hold a process, rejections',
  ],
  ['test/{price/patterns,privacy/bounded-scans}.test.ts', 'the engine of regular expressions'],
  [
    'test/{charge/span-limits,diagnostics/refused-labels,duplicates/long-ids}.test.ts',
    'Unicode, JSON, and the texts of errors',
  ],
  ['test/{metrics/each-call-once,package/bad-options}.test.ts', 'the texts of errors'],
  ['test/privacy/**/*.test.ts', 'Unicode in regular expressions, JSON, node:crypto'],
  [
    'test/{charge/charge,charge/rewritten-attributes,conventions/model-call,exporter/exporter,price/reported-cost,processor/hooks,processor/processor,warnings/warnings}.test.ts',
    'the core itself, and its warnings',
  ],
]

/** The same package on another Node than that of `npm test`: `npm run test:node`, by the `node` that is on the path. */
export default defineConfig({ ...base, test: suites(suitesOfNode.map(([path]) => path)) })
