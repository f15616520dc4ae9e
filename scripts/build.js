import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { build } from 'esbuild'
import { entries } from './entries.js'

const root = new URL('..', import.meta.url)
const { resolve } = createRequire(import.meta.url)

// A file that was renamed must not live on in what is published.
rmSync(new URL('dist', root), { recursive: true, force: true })

// Types file by file, so that they lead to the sources, which are published too.
for (const project of ['src', 'src/cli', 'src/clients', 'src/ledger', 'src/otlp']) {
  execFileSync(
    process.execPath,
    [resolve('typescript/package.json').replace('package.json', 'bin/tsc'), '-p', project],
    { cwd: root, stdio: 'inherit' },
  )
}

// Those that no entry leads to describe what no code can import.
const dist = new URL('dist/', root).pathname
const publicTypes = new Set()
for (const { source } of entries) findTypes(source.replace('src/', '').replace(/\.ts$/, '.d.ts'))
for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  if (file.endsWith('.d.ts') && !publicTypes.has(file)) {
    rmSync(join(dist, file))
    rmSync(join(dist, `${file}.map`))
  }
}

function findTypes(file) {
  // An example in a comment may name a file of an application.
  if (publicTypes.has(file) || !existsSync(join(dist, file))) return
  publicTypes.add(file)
  const text = readFileSync(join(dist, file), 'utf8')
  for (const [, path] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)['"]/g)) {
    findTypes(join(dirname(file), path.replace(/\.[jt]s$/, '.d.ts')))
  }
}

const shared = {
  absWorkingDir: new URL('.', root).pathname,
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'node20',
}
const packages = ['@opentelemetry/*', 'node:*']

/** The files that an entry is made of. Imports of types alone are not among them. */
async function filesOf(entry) {
  const { metafile } = await build({
    ...shared,
    entryPoints: [entry],
    external: packages,
    metafile: true,
    write: false,
  })
  return Object.keys(metafile.inputs)
}

// Code in few files: some fifty modules take four times as long to import (docs/decisions/0011). All that the main entry
// needs is two files: the catalog with the code that decodes and searches it, and the core, which imports the catalog. The
// entries import both, so that there is one of everything that is remembered.
const catalogFiles = await filesOf('src/price/catalog.ts')
const coreFiles = (await filesOf('src/index.ts')).filter(
  (file) => file !== 'src/index.ts' && !catalogFiles.includes(file),
)

/** Imports the files of a chunk from the chunk, which exports all that they do. */
function fromChunk(chunk, files) {
  return {
    name: `from-${chunk}`,
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
        const file = relative(shared.absWorkingDir, join(resolveDir, path))
        return files.includes(file) ? { path: `./${chunk}.js`, external: true } : undefined
      })
    },
  }
}

const fromCatalog = fromChunk('catalog', catalogFiles)
const fromCore = fromChunk('core', coreFiles)

async function buildChunk(chunk, files, plugins) {
  const contents = files.map((file) => `export * from './${file}'`).join('\n')
  await build({
    ...shared,
    stdin: { contents, resolveDir: '.', sourcefile: `${chunk}.ts`, loader: 'ts' },
    outdir: undefined,
    outfile: `dist/${chunk}.js`,
    external: packages,
    plugins,
  })
}

await buildChunk('catalog', catalogFiles, [])
await buildChunk('core', coreFiles, [fromCatalog])

await build({
  ...shared,
  entryPoints: {
    cli: 'src/cli/main.ts',
    ...Object.fromEntries(entries.map(({ output, source }) => [output, source])),
  },
  external: packages,
  plugins: [fromCatalog, fromCore],
})
