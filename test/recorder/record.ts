/* oxlint-disable no-await-in-loop -- lanes take turns: side by side they would disturb each other */
import { fork } from 'node:child_process'
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Fixture } from './fixture.ts'
import { fixturePath } from './fixture.ts'
import { lanes } from './ai-sdks/index.ts'
import type { LaneName } from './ai-sdks/lane.ts'
import { prettyJson } from './pretty-json.ts'
import { unifiedDiff } from './unified-diff.ts'

/**
 * Records the spans that the real AI SDKs emit, into `test/fixtures`.
 *
 *     npm run record                   records all lanes
 *     npm run record -- ai-6           records one lane
 *     npm run record -- --check        records into memory and compares
 */
const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))

async function main(args: string[]): Promise<void> {
  const checks = args.includes('--check')
  const named = args.filter((arg) => arg !== '--check')
  const unknown = named.find((name) => !(name in lanes))
  if (unknown !== undefined)
    throw new Error(`unknown lane ${unknown}; known are ${Object.keys(lanes).join(', ')}`)

  const chosen = (named.length > 0 ? named : Object.keys(lanes)) as LaneName[]
  for (const lane of chosen) {
    const files = new Map((await recordInChild(lane)).map(fileOf))
    const differences = checks ? await compare(lane, files) : await replace(lane, files)
    report(lane, files.size, differences)
  }
}

/** A process each: tracer providers, context managers and telemetry integrations are global. */
function recordInChild(lane: LaneName): Promise<Fixture[]> {
  const child = fork(fileURLToPath(new URL('record-lane.ts', import.meta.url)), [lane])
  return new Promise((resolve, reject) => {
    child.once('message', (fixtures) => {
      resolve(fixtures as Fixture[])
      child.disconnect()
    })
    child.once('exit', (code) =>
      reject(new Error(`recording ${lane} ended with exit code ${code}`)),
    )
  })
}

function fileOf(fixture: Fixture): [path: string, text: string] {
  return [fixturePath(fixture.lane, fixture.provider), `${prettyJson(fixture)}\n`]
}

async function replace(lane: LaneName, files: Map<string, string>): Promise<string[]> {
  await rm(join(FIXTURES, lane), { recursive: true, force: true })
  for (const [path, text] of files) {
    const file = join(FIXTURES, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
  return []
}

async function compare(lane: LaneName, files: Map<string, string>): Promise<string[]> {
  const committed = await readdir(join(FIXTURES, lane)).catch(() => [])
  const paths = new Set([...committed.map((name) => `${lane}/${name}`), ...files.keys()])
  const differences: string[] = []
  for (const path of paths) {
    const before = await readFile(join(FIXTURES, path), 'utf8').catch(() => '')
    const after = files.get(path) ?? ''
    if (before !== after) differences.push(unifiedDiff(path, before, after))
  }
  return differences
}

function report(lane: LaneName, files: number, differences: string[]): void {
  for (const difference of differences) process.stderr.write(`${difference}\n`)
  if (differences.length > 0) process.exitCode = 1
  process.stdout.write(`${lane}: ${files} files, ${differences.length} differ\n`)
}

await main(process.argv.slice(2))
