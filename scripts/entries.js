import { readFileSync } from 'node:fs'

/**
 * The entries of the package. `exports` of package.json is the only list of them: the build, vitest and knip read it here.
 * `types` names the source (`./dist/ledger/index.d.ts` is `src/ledger/index.ts`), `default` the file that is built from it,
 * and `edge-light` the file for runtimes without Node's modules, which is built from `edge.ts` in the same folder.
 */
export const entries = listEntries()

function listEntries() {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { name, exports } = JSON.parse(manifest)
  return Object.entries(exports).flatMap(([path, conditions]) => {
    if (typeof conditions === 'string') return []
    const source = conditions.types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts')
    const specifier = path.replace('.', name)
    const edge = conditions['edge-light']
    return [
      { specifier, source, output: outputOf(conditions.default) },
      ...(edge === undefined
        ? []
        : [
            {
              specifier: `${specifier} (edge)`,
              source: source.replace(/[^/]+$/, 'edge.ts'),
              output: outputOf(edge),
            },
          ]),
    ]
  })
}

/** `./dist/ledger.js` is built as `ledger`. */
function outputOf(file) {
  return file.replace('./dist/', '').replace(/\.js$/, '')
}
