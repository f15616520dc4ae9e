import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { build } from 'esbuild'
import { entries } from './entries.js'

const root = new URL('..', import.meta.url)
const { resolve } = createRequire(import.meta.url)

// A file that was renamed must not live on in what is published.
rmSync(new URL('dist', root), { recursive: true, force: true })

// Types file by file, so that they lead to the sources, which are published too.
for (const project of ['src', 'src/cli', 'src/ledger', 'src/otlp']) {
  execFileSync(
    process.execPath,
    [resolve('typescript/package.json').replace('package.json', 'bin/tsc'), '-p', project],
    { cwd: root, stdio: 'inherit' },
  )
}

const shared = {
  absWorkingDir: new URL('.', root).pathname,
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'node20',
  sourcemap: true,
  // The sources are published as well.
  sourcesContent: false,
}
const packages = ['@opentelemetry/*', 'node:*']

const catalogFile = 'src/price/catalog-data.ts'

/** The catalogue is a file of its own, which the core imports: each has its own limit in package.json. */
const catalogApart = {
  name: 'catalog-apart',
  setup({ onResolve }) {
    onResolve({ filter: /catalog-data\.ts$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: './catalog-data.js', external: true },
    )
  },
}

await build({
  ...shared,
  entryPoints: { 'catalog-data': catalogFile },
  // A map of one string would be as long as the string.
  sourcemap: false,
})

// Code in few files: some fifty modules take four times as long to import (docs/decisions/0011). All that
// the main entry needs, but the catalogue, is one file, which the others import too, so that there is one
// of everything that is remembered.
const { metafile } = await build({
  ...shared,
  entryPoints: ['src/index.ts'],
  external: packages,
  metafile: true,
  write: false,
})
const coreFiles = Object.keys(metafile.inputs).filter(
  (file) => file !== 'src/index.ts' && file !== catalogFile,
)
const coreSource = coreFiles.map((file) => `export * from './${file}'`).join('\n')

await build({
  ...shared,
  stdin: { contents: coreSource, resolveDir: '.', sourcefile: 'core.ts', loader: 'ts' },
  outdir: undefined,
  outfile: 'dist/core.js',
  external: packages,
  plugins: [catalogApart],
})

/** Whatever is in the core is imported from there: it exports all that its files do. */
const fromCore = {
  name: 'from-core',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      const file = relative(shared.absWorkingDir, join(resolveDir, path))
      return coreFiles.includes(file) ? { path: './core.js', external: true } : undefined
    })
  },
}

await build({
  ...shared,
  entryPoints: {
    cli: 'src/cli/main.ts',
    ...Object.fromEntries(entries.map(({ output, source }) => [output, source])),
  },
  external: packages,
  plugins: [fromCore],
})
