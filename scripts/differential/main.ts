/**
 * Compares the package of an old commit with the one of this checkout, on the same inputs:
 *
 *     npm run differential -- [folder of the old package] [--commit 4057bef] [--suite random] [--count 100000] [--seed 1]
 *
 * Without a folder the old commit is built into a temporary one; `--new` is another built package than this checkout. Exits with 1 for a difference that `expected.json`
 * does not list, and for an entry of it that CHANGELOG.md does not name.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { Differences } from './differences.ts'
import { expectationOf, loadExpected, unlisted } from './expected.ts'
import { assertBuilt, buildOldPackage, OLD_COMMIT } from './old-package.ts'
import { printReport } from './print-report.ts'
import type { Task } from './suite.ts'
import { suites } from './suites.ts'

const root = join(import.meta.dirname, '../..')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    new: { type: 'string', default: root },
    commit: { type: 'string', default: OLD_COMMIT },
    suite: { type: 'string', multiple: true, default: [...suites.keys()] },
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '20261130' },
  },
})

const LONGEST_PRINTED = 4000

/** The lines of a child process that feeds one package. */
function linesOf(task: Task): AsyncIterableIterator<string> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'child.ts'), JSON.stringify(task)],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_ENV: 'production' },
    },
  )
  // Warnings that are not part of a result.
  let printed = ''
  child.stderr.on('data', (text: Buffer) => {
    printed = `${printed}${text.toString()}`.slice(-LONGEST_PRINTED)
  })
  child.on('exit', (code) => {
    if (code === 0) return
    process.stderr.write(printed)
    process.stderr.write(
      `the child of the ${task.role} package failed in the suite ${task.suite}\n`,
    )
    process.exitCode = 2
  })
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]()
}

async function compareSuite(old: string, suite: string, differences: Differences): Promise<void> {
  const shared = { suite, scratch, seed: Number(values.seed), count: Number(values.count) }
  const before = linesOf({ ...shared, role: 'old', folder: old, other: values.new })
  const after = linesOf({ ...shared, role: 'new', folder: values.new, other: old })
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

const scratch = mkdtempSync(join(tmpdir(), 'costspan-differential-'))
const old = positionals[0] === undefined ? buildOldPackage(values.commit) : resolve(positionals[0])
assertBuilt(old)
assertBuilt(values.new)
const differences = new Differences()
for (const suite of values.suite) await compareSuite(old, suite, differences)
rmSync(scratch, { recursive: true })
const expected = loadExpected()
const unexpected = [...differences.found.values()].filter(
  (difference) => expectationOf(difference, expected) === undefined,
)
const missing = unlisted(expected)
printReport(differences, expected, missing)
if (unexpected.length > 0 || missing.length > 0) process.exitCode ||= 1
