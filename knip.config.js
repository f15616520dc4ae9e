import { entries } from './scripts/entries.js'

/** Finds files, exports and dependencies without a use: `npm run package:check`. */
export default {
  ignoreExportsUsedInFile: true,
  workspaces: {
    '.': {
      entry: [
        ...entries.map(({ source }) => source),
        'bench/arm-process.ts',
        'test/recorder/record-lane.ts',
        'src/cli/main.ts',
        'examples/ai-sdk/chat.ts',
        'scripts/differential/child.ts',
        'scripts/fit-tokens.ts',
        'scripts/prices/answers.ts',
        'test/package/types/*.ts',
        'test/processor/{leak,shapes}-check.ts',
        'test/ledger/writer.ts',
        'test/nextjs/host.ts',
        'test/serverless/server.ts',
        'test/runtimes/{application,workerd-setup,vitest.bun.config,vitest.workerd.config}.ts',
        'test/faults/{application,bench,million,million-read}.ts',
        'test/propagation/{producer,worker}.ts',
        'test/{faults,install,real-backends,runtimes}/*.test.ts',
      ],
      project: [
        'src/**/*.ts',
        'test/**/*.ts',
        'examples/{ai-sdk,quickstart}/**/*.ts',
        'bench/**/*.ts',
        'scripts/**/*.{js,ts}',
        '!test/lanes/**',
      ],
      ignoreDependencies: ['@vercel/functions', 'costspan-doctor'],
      ignoreBinaries: ['mkfifo'],
    },
    'packages/api-reference': {
      project: ['*.js'],
    },
    'packages/doctor': {
      entry: ['src/{index,command}.ts', 'test/*.test.ts'],
      project: ['**/*.{js,ts}'],
    },
    'examples/nextjs': {
      entry: ['app/**/{page,layout,route}.{ts,tsx}'],
      project: ['**/*.{ts,tsx}'],
    },
    'test/lanes/*': {
      entry: ['*.ts'],
      project: ['*.ts'],
    },
  },
}
