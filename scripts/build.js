import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { build } from 'esbuild'

const root = new URL('..', import.meta.url)
const { resolve } = createRequire(import.meta.url)

// A file that was renamed must not live on in what is published.
rmSync(new URL('dist', root), { recursive: true, force: true })

// Types file by file, so that they lead to the sources, which are published too.
execFileSync(
  process.execPath,
  [resolve('typescript/package.json').replace('package.json', 'bin/tsc'), '-p', 'src'],
  {
    cwd: root,
    stdio: 'inherit',
  },
)

// Code in one file: some fifty modules take four times as long to import (docs/decisions/0011).
await build({
  absWorkingDir: new URL('.', root).pathname,
  entryPoints: ['src/index.ts'],
  outfile: 'dist/index.js',
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'node20',
  sourcemap: true,
  external: ['@opentelemetry/api'],
})
