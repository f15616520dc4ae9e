import { execFile } from 'node:child_process'
import { createReadStream, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** What test/faults/million.ts prints. */
interface Served {
  calls: number
  callsPerSecond: number
  nanosecondsPerCall: number
  nanosecondsOfSpansAlone: number
  heapAfterWarmUp: number
  heapAtEnd: number
  grownBytesPerCall: number
  billedUsd: number
  meteredUsd: number
  meteredCalls: number
  lost: number
}

/** What test/faults/million-read.ts prints. */
interface Read {
  usd: number
  seconds: number
  peakMebibytes: number
}

const CALLS = 1_000_000
const USERS = 100_000
/** The first calls, with every user, after which memory has to be flat. */
const WARM_UP = 200_000
/** Bytes a call by which the heap may grow: a leak of 50 breaks it more than twice over. */
const FLAT = 20

const folder = mkdtempSync(join(tmpdir(), 'costspan-million-'))
const ledger = join(folder, 'ledger.ndjson')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function run<Printed>(script: string, ...words: string[]): Promise<Printed> {
  const path = join(import.meta.dirname, script)
  const node = ['--expose-gc', '--import', 'tsx', path, ...words]
  const { stdout } = await promisify(execFile)(process.execPath, node)
  return JSON.parse(stdout) as Printed
}

const filesOf = (): string[] => readdirSync(folder).map((name) => join(folder, name))

/** Each line begins with the end of the one before. */
async function linesOf(paths: readonly string[]): Promise<number> {
  let lines = 0
  for (const path of paths) {
    // oxlint-disable-next-line no-await-in-loop -- one file after the other
    for await (const chunk of createReadStream(path)) {
      for (const byte of chunk as Buffer) if (byte === 10) lines++
    }
  }
  return lines
}

const whole = (number: number): string => Math.round(number).toLocaleString('en-US')
const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1)
function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

describe(`a million calls of ${whole(USERS)} users, through processor, metrics and ledger`, () => {
  let served: Served
  beforeAll(async () => {
    served = await run<Served>('million.ts', ledger, String(CALLS - WARM_UP))
    const { nanosecondsPerCall, nanosecondsOfSpansAlone, heapAfterWarmUp, heapAtEnd } = served
    say(`${process.version}, ${availableParallelism()} cores, a call is two spans`)
    say(`  ${whole(served.callsPerSecond)} calls/s, ${whole(nanosecondsPerCall)} ns a call`)
    say(`  of which ${whole(nanosecondsOfSpansAlone)} ns are the SDK and its spans`)
    say(`  heap ${mebibytes(heapAfterWarmUp)} MiB after ${whole(WARM_UP)} calls`)
    say(`  heap ${mebibytes(heapAtEnd)} MiB after ${whole(CALLS)} calls`)
  }, 600_000)

  test('memory is flat after the first 200,000', () => {
    expect(served.calls).toBe(CALLS)
    expect(served.grownBytesPerCall).toBeLessThan(FLAT)
  })

  test('the metrics have every call and every dollar', () => {
    expect(served.meteredCalls).toBe(CALLS)
    expect(served.meteredUsd).toBeCloseTo(served.billedUsd, 6)
  })

  test('the ledger has a line for each, all distinguished, and every dollar', async () => {
    expect(served.lost).toBe(0)
    const files = filesOf()
    expect(await linesOf(files)).toBe(CALLS)
    const read = await run<Read & { charges: number; heldBytesPerCall: number }>(
      'million-read.ts',
      ...['sum', ledger, String(CALLS)],
    )
    const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0)
    say(`  ledger: ${files.length} files of ${mebibytes(bytes)} MiB together`)
    say(`  read by readLedger: ${read.seconds.toFixed(1)} s, ${whole(read.peakMebibytes)} MiB peak`)
    say(`  of which ${whole(read.heldBytesPerCall)} bytes a call, to count each once`)
    expect(read.charges).toBe(CALLS)
    expect(read.usd).toBeCloseTo(served.billedUsd, 6)
  })

  test('costspan report names every user, and every dollar', async () => {
    const read = await run<Read & { code: number; users: number }>(
      'million-read.ts',
      'report',
      ledger,
    )
    say(`  costspan report --by user: ${read.seconds.toFixed(1)} s`)
    say(`  with ${whole(read.peakMebibytes)} MiB peak`)
    expect(read).toMatchObject({ code: 0, users: USERS })
    expect(read.usd).toBeCloseTo(served.billedUsd, 6)
  })
})

test('where something small is held for every call, memory is not flat', async () => {
  const { grownBytesPerCall } = await run<Served>(
    'million.ts',
    ...[join(folder, 'leak', 'ledger.ndjson'), '200000', 'leak'],
  )
  say(`  with a leak: ${whole(grownBytesPerCall)} bytes a call`)
  expect(grownBytesPerCall).toBeGreaterThan(FLAT)
})
