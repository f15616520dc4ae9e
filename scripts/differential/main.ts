/**
 * Compares the package of an old commit with the one of this checkout, on the same inputs:
 *
 *     npm run differential -- [folder of the old package] [--commit 4057bef] [--suite random] [--count 100000] [--seed 1]
 *
 * Without a folder the old commit is built into a temporary one. Exits with 1 for a difference that `expected.json`
 * does not list, and for an entry of it that CHANGELOG.md does not name.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { Differences } from './differences.ts'
import { expectationOf, loadExpected, unlisted } from './expected.ts'
import { assertBuilt, buildOldPackage, OLD_COMMIT } from './old-package.ts'
import { printReport } from './print-report.ts'
import { suiteNames } from './suites.ts'

const root = join(import.meta.dirname, '../..')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    commit: { type: 'string', default: OLD_COMMIT },
    suite: { type: 'string', multiple: true, default: suiteNames },
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '20261130' },
  },
})

/** The lines of a child process that feeds one package. */
function linesOf(folder: string, suite: string): AsyncIterableIterator<string> {
  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      join(import.meta.dirname, 'child.ts'),
      folder,
      suite,
      values.seed,
      values.count,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_ENV: 'production' },
    },
  )
  child.on('exit', (code) => {
    if (code !== 0) process.exitCode = 2
  })
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]()
}

async function compareSuite(old: string, suite: string, differences: Differences): Promise<void> {
  const before = linesOf(old, suite)
  const after = linesOf(root, suite)
  for (;;) {
    const [one, other] = await Promise.all([before.next(), after.next()])
    if (one.done === true && other.done === true) return
    differences.compare(
      suite,
      one.done === true ? undefined : one.value,
      other.done === true ? undefined : other.value,
    )
  }
}

const old = positionals[0] ?? buildOldPackage(values.commit)
assertBuilt(old)
assertBuilt(root)
const differences = new Differences()
for (const suite of values.suite) await compareSuite(old, suite, differences)
const expected = loadExpected()
const unexpected = [...differences.found.values()].filter(
  (difference) => expectationOf(difference, expected) === undefined,
)
const missing = unlisted(expected)
printReport(differences, expected, missing)
if (unexpected.length > 0 || missing.length > 0) process.exitCode ||= 1
