/**
 * Whether the tests of this checkout catch the mutations that the tests of an old commit caught:
 *
 *     npm run mutations -- <checkout of the old commit> <scratch copy of this checkout> [area ...]
 *
 * Both are worktrees with `node_modules` that are built, and their `src` is changed while this runs. Prints a line for each mutation:
 * the rule that it breaks, and whether a test failed in each tree. Exits with 1 if one is caught in the old tree alone.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mutations, type Place } from './mutations.ts'

/** The tests of an area: those of the commit 4057bef, and those of today. */
const tests: Readonly<Record<string, readonly [before: string, now: string]>> = {
  usage: ['test/usage test/record/usage-from', 'test/usage test/manual/usage-from'],
  price: [
    'test/price test/prices test/billed test/define-prices test/charge',
    'test/price test/charge/charge',
  ],
  duplicates: [
    'test/hostile/duplicates-evidence test/hostile/duplicates-property test/duplicate-telemetry',
    'test/duplicates/evidence test/duplicates/laws test/duplicates/ai-sdk-7',
  ],
  attribution: [
    'test/attribution.test test/with-attribution test/baggage.test',
    'test/attribution/attribution test/attribution/with-attribution test/attribution/baggage',
  ],
  enrich: [
    'test/processor.test test/hostile/foreign-costs test/exporter.test',
    'test/processor/processor test/enrich test/exporter',
  ],
  ledger: [
    'test/hostile/ledger-lines test/hostile/ledger-charges test/ledger.test',
    'test/ledger/lines test/ledger/charges test/ledger/ledger.test',
  ],
  privacy: [
    'test/privacy/protect test/privacy/personal test/hostile/disguised test/hostile/dropped',
    'test/privacy/redaction test/privacy/detect-pii test/privacy/disguised test/privacy/dropped',
  ],
  propagation: [
    'test/propagation/token test/propagation/laws test/propagation/refused',
    'test/propagation/token test/propagation/laws test/propagation/refused',
  ],
}

const trees = process.argv.slice(2, 4)
const areas = process.argv.length > 4 ? process.argv.slice(4) : Object.keys(tests)
if (trees.length < 2)
  throw new TypeError('Expected two folders: the old checkout and a copy of this one')
const failing = new Set<string>()
/* oxlint-disable no-await-in-loop -- each tree holds one mutation at a time */
for (const area of areas) {
  const failed = await Promise.all(trees.map((folder, index) => fails(folder, area, index)))
  if (!failed.includes(true)) continue
  failing.add(area)
  process.exitCode = 1
  process.stdout.write(`${area}: tests fail without a mutation (${failed.join(', ')})\n`)
}
let lost = 0
for (const { area, rule, before, now = before } of mutations) {
  if (failing.has(area) || !areas.includes(area)) continue
  const [old, today] = await Promise.all(
    [before, now].map((place, index) => isCaught(trees[index] as string, place, area, index)),
  )
  if (old === true && today === false) lost++
  process.stdout.write(`${area}: ${rule}: before ${shown(old)}, now ${shown(today)}\n`)
}
if (lost > 0) process.exitCode = 1

/** Whether a test fails with the mutation; `undefined` if its text is not in exactly one file of the tree. */
async function isCaught(
  folder: string,
  [text, replacement]: Place,
  area: string,
  index: number,
): Promise<boolean | undefined> {
  const places = sourcesOf(folder).filter((file) => readFileSync(file, 'utf8').includes(text))
  const [file] = places
  if (file === undefined || places.length > 1) return undefined
  const source = readFileSync(file, 'utf8')
  writeFileSync(
    file,
    source.replace(text, () => replacement),
  )
  try {
    return await fails(folder, area, index)
  } finally {
    writeFileSync(file, source)
  }
}

/** Whether a test of an area fails in the old tree (0), or in today's (1). */
async function fails(folder: string, area: string, index: number): Promise<boolean> {
  // A test that runs out of time on a busy machine would count as one that catches the mutation.
  const run = ['vitest', 'run', '--bail=1', '--reporter=dot', '--testTimeout=600000']
  const filters = tests[area]?.[index]?.split(' ') ?? []
  const child = spawn('npx', [...run, ...filters], { cwd: folder, stdio: 'ignore' })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code !== 0
}

function sourcesOf(folder: string): string[] {
  return readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/^doctor|catalog-data/.test(name))
    .map((name) => join(folder, 'src', name))
}

function shown(isCaughtThere: boolean | undefined): string {
  return isCaughtThere === undefined ? 'NO SUCH TEXT' : isCaughtThere ? 'caught' : 'MISSED'
}
