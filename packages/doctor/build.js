import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { build } from 'esbuild'

const root = new URL('.', import.meta.url)
const { resolve } = createRequire(import.meta.url)

// A file that was renamed must not remain in what is published.
rmSync(new URL('dist', root), { recursive: true, force: true })

// The types of costspan come from its own build, which runs first.
execFileSync(
  process.execPath,
  [resolve('typescript/package.json').replace('package.json', 'bin/tsc'), '-p', '.'],
  { cwd: root, stdio: 'inherit' },
)

// The command imports the analyser from the chunk that both entries share.
await build({
  absWorkingDir: root.pathname,
  entryPoints: ['src/index.ts', 'src/command.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'analyser-[hash]',
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  // The sources are published as well.
  sourcesContent: false,
})
