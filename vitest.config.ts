import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { entries } from './scripts/entries.js'
import { LongestFirst } from './test/support/vitest/longest-first.ts'

const doctor = new URL('packages/doctor/src/index.ts', import.meta.url).pathname

/** Suites that leave nothing behind in their process, which they share: test/support/vitest/shared-process.ts guards it. */
export const suitesThatShare = [
  'test/attribution/*.test.ts',
  'test/backends/presets.test.ts',
  'test/charge/*.test.ts',
  'test/cli/{price,pseudonym,report-input,report-names}.test.ts',
  'test/conventions/*.test.ts',
  'test/diagnostics/{refused-labels,unread-usage}.test.ts',
  'test/docs/documented-versions.test.ts',
  'test/duplicates/{common-calls,costless-enclosing,evidence,exporter,recent-calls}.test.ts',
  'test/enrich/*.test.ts',
  'test/exporter/*.test.ts',
  'test/ledger/{optional-fields,parts}.test.ts',
  'test/manual/{laws,usage-from}.test.ts',
  'test/metrics/{cost-metrics,unattributed-cost}.test.ts',
  'test/price/*.test.ts',
  'test/privacy/{bounded-scans,detect-pii,disguised-ids,dropped-content,exporter,redaction}.test.ts',
  'test/processor/{abandoned-calls-reported,hooks}.test.ts',
  'test/processor/{on-charge,processor,unfinished-calls}.test.ts',
  'test/propagation/{laws,options,refused,rolling-out,token}.test.ts',
  'test/repository/workflows.test.ts',
  'test/sampling/record-costs.test.ts',
  'test/serverless/flush-options.test.ts',
  'test/usage/{cache,gaps,read-usage}.test.ts',
  'test/warnings/warnings.test.ts',
  'packages/doctor/test/{ai-sdk,aliases,bounds,changes,delivery,edge,imported,many-calls,names}.test.ts',
  'packages/doctor/test/{attribution,personal-ids,raw-clients,registered-twice,registration}.test.ts',
  'packages/doctor/test/{restraint,sampling,served-streams,sound,streams}.test.ts',
]

/** Suites of their own in package.json, which install something or build applications. */
const apart = ['test/{faults,install,nextjs,real-backends,runtimes}/**', '**/node_modules/**']

export const settings = {
  // Our own warnings, of which many tests have some; who looks for them spies on the console.
  onConsoleLog: (log: string): boolean => !/^(costspan: .*\n?)+$/.test(log),
  // One more than there are cores, since many suites wait: for child processes, for streams that break off. By itself
  // vitest takes one less, which is one worker on two cores.
  maxWorkers: availableParallelism() + 1,
  // Of a machine that does other work besides; no test asserts how long something takes.
  testTimeout: 120_000,
  hookTimeout: 120_000,
}

/** These suites, each in a process of its own unless it is one of those that share one. */
export function suites(include: readonly string[]) {
  return {
    ...settings,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true as const,
        test: { name: 'alone', include: [...include], exclude: [...apart, ...suitesThatShare] },
      },
      {
        extends: true as const,
        test: {
          name: 'shared',
          include: suitesThatShare,
          isolate: false,
          setupFiles: ['test/support/vitest/shared-process.ts'],
        },
      },
    ],
  }
}

export const base = defineConfig({
  // The sources under their own names, so that tests read as a user's code does.
  resolve: {
    alias: [
      ...entries.map(({ specifier, source }) => ({
        find: new RegExp(`^${specifier}$`),
        replacement: new URL(source, import.meta.url).pathname,
      })),
      { find: /^costspan-doctor$/, replacement: doctor },
    ],
  },
})

export default defineConfig({ ...base, test: suites(['{test,packages/*/test}/**/*.test.ts']) })
