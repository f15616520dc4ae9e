import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

test('a CommonJS application requires the built package', () => {
  const program = `
    const { CostSpanProcessor, createCharger, catalog } = require('costspan')
    const found = catalog.find({ family: 'openai', model: 'gpt-4o-2024-08-06', at: 0 })
    process.stdout.write(typeof new CostSpanProcessor().onEnding + typeof createCharger() + found.input)
  `
  const run = execFileSync(process.execPath, ['--input-type=commonjs', '-e', program], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(run).toBe('functionfunction2.5')
})

const IMPORT =
  "import { CostSpanProcessor } from 'costspan'\nexport const made = new CostSpanProcessor()\n"
const LATE =
  "export async function make() {\n  const { CostSpanProcessor } = await import('costspan')\n  return new CostSpanProcessor()\n}\n"

/** The compiler's errors for a file in a CommonJS package that sees costspan as an installed one. */
function compile(compiler: string, code: string, options: Record<string, string>): string {
  // A name that linters, the formatter and git pass over.
  const parent = join(import.meta.dirname, '.next')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'commonjs-'))
  try {
    writeFileSync(join(folder, 'file.cts'), code)
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          target: 'es2022',
          strict: true,
          noEmit: true,
          skipLibCheck: true,
          types: [],
          ...options,
        },
        files: ['file.cts'],
      }),
    )
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' })
    return [...stdout.matchAll(/TS\d+/g)].map(String).join(' ')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const newest = join(root, 'node_modules/typescript/bin/tsc')
/** TypeScript 5.6, which a tool of this repository brings. */
const old = createRequire(
  createRequire(join(root, 'package.json')).resolve('@arethetypeswrong/core'),
).resolve('typescript/bin/tsc')

const preserve = { module: 'preserve', moduleResolution: 'bundler' }

// TypeScript looks at the package's `type`; it learned of require(esm) in 5.8.
test.each([
  ['`import` with nodenext, TypeScript 7', newest, IMPORT, { module: 'nodenext' }, ''],
  ['`import` with node20, TypeScript 7', newest, IMPORT, { module: 'node20' }, ''],
  ['`import` with bundler, TypeScript 7', newest, IMPORT, preserve, ''],
  ['`import` with node16, TypeScript 7', newest, IMPORT, { module: 'node16' }, 'TS1479'],
  ['`import` with node18, TypeScript 7', newest, IMPORT, { module: 'node18' }, 'TS1479'],
  ['`await import` with node16, TypeScript 7', newest, LATE, { module: 'node16' }, ''],
  ['`import` with nodenext, TypeScript 5.6', old, IMPORT, { module: 'nodenext' }, 'TS1479'],
  ['`await import` with node16, TypeScript 5.6', old, LATE, { module: 'node16' }, ''],
])(
  'in a CommonJS file %s',
  (_, compiler, code, options, errors) => expect(compile(compiler, code, options)).toBe(errors),
  60_000,
)
