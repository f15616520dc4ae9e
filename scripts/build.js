import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { build } from 'esbuild'

const root = new URL('..', import.meta.url)
const { resolve } = createRequire(import.meta.url)

// A file that was renamed must not live on in what is published.
rmSync(new URL('dist', root), { recursive: true, force: true })

// Types file by file, so that they lead to the sources, which are published too.
for (const project of ['src', 'src/cli']) {
  execFileSync(
    process.execPath,
    [resolve('typescript/package.json').replace('package.json', 'bin/tsc'), '-p', project],
    { cwd: root, stdio: 'inherit' },
  )
}

// Code in few files: some fifty modules take four times as long to import (docs/decisions/0011).
// What they have in common, the catalogue above all, is in shared files.
await build({
  absWorkingDir: new URL('.', root).pathname,
  entryPoints: {
    index: 'src/index.ts',
    charges: 'src/charges.ts',
    cli: 'src/cli/main.ts',
    'ai-sdk': 'src/telemetry/ai-sdk.ts',
    exporter: 'src/exporter/cost-span-exporter.ts',
    express: 'src/request/express.ts',
    fastify: 'src/request/fastify.ts',
    hono: 'src/request/hono.ts',
    next: 'src/request/next.ts',
    prices: 'src/price/define-prices.ts',
    propagation: 'src/propagation/index.ts',
    record: 'src/record/index.ts',
  },
  outdir: 'dist',
  chunkNames: 'shared-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'neutral',
  target: 'node20',
  sourcemap: true,
  external: ['@opentelemetry/api', 'node:*'],
})
