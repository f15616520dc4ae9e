import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { diag, metrics } from '@opentelemetry/api'
import { createCharger, type Charge } from 'costspan'
import { repriceCharge } from 'costspan/prices'
import {
  openLedger,
  readLedger,
  type LedgerOptions,
  type LedgerProblem,
  type ReadLedgerOptions,
} from 'costspan/ledger'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { loadFixtures } from '../support/fixtures.ts'
import { plainSpan } from '../support/plain-span.ts'
import { end, leaf, prices, Recording, usage } from '../support/sdk-2.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'costspan-ledger-'))
  path = join(folder, 'ledger.ndjson')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const charger = createCharger({ prices })
function chargeOf(spanId: string): Charge {
  const span = plainSpan({ ...leaf, ...usage }, { spanContext: () => ({ traceId: 't', spanId }) })
  const charge = charger(span, { userId: 'ada', plan: 'pro', tenantId: undefined })
  if (charge === undefined) throw new Error('no call')
  return charge
}

async function read(from = path, options: ReadLedgerOptions = {}): Promise<Charge[]> {
  const charges: Charge[] = []
  for await (const charge of readLedger(from, options)) charges.push(charge)
  return charges
}
const idsOf = (charges: readonly Charge[]): string[] => charges.map(({ spanId }) => spanId)

async function write(spanIds: readonly string[], options: LedgerOptions = {}): Promise<void> {
  const ledger = openLedger(path, options)
  for (const spanId of spanIds) ledger.record(chargeOf(spanId))
  await ledger.close()
}

describe('what is read', () => {
  test('is what was charged, and can be priced again, over all recordings', async () => {
    const ledger = openLedger(path)
    const catalogue = createCharger()
    const charged: Charge[] = []
    let count = 0
    for (const span of loadFixtures().flatMap(({ scenarios }) =>
      scenarios.flatMap(({ spans }) => spans),
    )) {
      const spanId = String(count++)
      const ids = { spanContext: () => ({ traceId: 't', spanId }) }
      const charge = catalogue(plainSpan({ ...span.start, ...span.end }, ids))
      if (charge !== undefined) charged.push(charge)
    }
    for (const charge of charged) ledger.record(charge)
    await ledger.close()
    const charges = await read()
    expect(charges.length).toBeGreaterThan(500)
    const known = charged.filter(({ usd }) => usd !== undefined)
    const unknown = charged.filter(({ usd }) => usd === undefined)
    expect(charges).toEqual(JSON.parse(JSON.stringify([...known, ...unknown])))
    for (const charge of charges) expect(repriceCharge(charge).differenceUsd ?? 0).toBe(0)
  })

  test('counts a charge that was written twice once', async () => {
    await write(['a', 'b', 'a'])
    await write(['b', 'c'])
    expect(idsOf(await read())).toEqual(['a', 'b', 'c'])
  })

  test('counts a call whose cost became known later once, with its cost', async () => {
    const { usage: _, ...rest } = chargeOf('b')
    const unknown = repriceCharge({ ...rest, usage: undefined }, { prices }).charge
    const billed = { usd: 0.25, ownKey: false, upstreamUsd: undefined }
    const known = repriceCharge({ ...unknown, billed }).charge
    expect(unknown).toMatchObject({ status: 'unknown_usage', usd: undefined })
    const ledger = openLedger(path)
    const other = { ...unknown, spanId: 'c' }
    for (const charge of [unknown, other, chargeOf('a'), unknown, known, unknown, other])
      ledger.record(charge)
    await ledger.close()
    const found = (await read()).map(({ spanId, usd, status }) => [spanId, usd, status])
    expect(found).toEqual([
      ['a', 1, 'priced'],
      ['b', 0.25, 'priced'],
      ['c', undefined, 'unknown_usage'],
    ])
  })

  test('leaves out lines that are none of a ledger, or of a later version, and reports which', async () => {
    await write(['a'])
    appendFileSync(path, '\nnull\n[]\n{}\n{"v":1}\n{"v":1,"id":"x\n\n"text"\n')
    await write(['b'])
    appendFileSync(path, '\n{"v":2,"id":"x-y"}')
    const problems: LedgerProblem[] = []
    expect(idsOf(await read(path, { onProblem: (found) => problems.push(found) }))).toEqual([
      'a',
      'b',
    ])
    expect(problems.map(({ line, message }) => [line, message])).toEqual([
      [3, 'the line is no JSON object'],
      [4, 'the line is no JSON object'],
      [5, 'the line has no `v` or no `id`'],
      [6, 'the line has no `v` or no `id`'],
      [7, 'the line is torn, or is not JSON'],
      [9, 'the line is no JSON object'],
      [12, 'the line is of version 2: a later costspan wrote it'],
    ])
  })

  test('is whole but for the last line, torn at whichever byte, and what comes after is whole', async () => {
    await write(['a', 'b', 'c'])
    const whole = readFileSync(path)
    const last = whole.lastIndexOf('\n') + 1
    for (let length = last; length <= whole.length; length++) {
      writeFileSync(path, whole)
      truncateSync(path, length)
      const isWhole = length === whole.length
      expect(idsOf(await read())).toEqual(isWhole ? ['a', 'b', 'c'] : ['a', 'b'])
      if (length % 50 !== 0 && !isWhole) continue
      await write(['d'])
      expect(idsOf(await read())).toEqual(isWhole ? ['a', 'b', 'c', 'd'] : ['a', 'b', 'd'])
    }
  }, 20_000)
})

describe('the file', () => {
  test('is for its owner alone, in a folder that is made', async () => {
    path = join(folder, 'deep/er/ledger.ndjson')
    await write(['a'])
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'deep')).mode & 0o777).toBe(0o700)
  })

  test('is put aside when it is large, and all are read, oldest first', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `span-${index}`)
    const ledger = openLedger(path, { maximumBytes: 10_000 })
    for (const id of ids) {
      ledger.record(chargeOf(id))
      if (id.endsWith('9')) await ledger.flush()
    }
    await ledger.close()
    expect(readdirSync(folder).length).toBeGreaterThan(5)
    expect(idsOf(await read())).toEqual(ids)
    for (const name of readdirSync(folder))
      expect(statSync(join(folder, name)).size).toBeLessThan(25_000)
  })

  test('is put aside at the end of a day', async () => {
    vi.useFakeTimers({ now: Date.parse('2026-11-28T23:59:59Z'), toFake: ['Date'] })
    try {
      const ledger = openLedger(path)
      ledger.record(chargeOf('yesterday'))
      await ledger.flush()
      vi.setSystemTime(Date.parse('2026-11-29T00:00:01Z'))
      ledger.record(chargeOf('today'))
      await ledger.close()
    } finally {
      vi.useRealTimers()
    }
    expect(readdirSync(folder)).toHaveLength(2)
    expect(readFileSync(path, 'utf8')).not.toContain('yesterday')
    expect(idsOf(await read())).toEqual(['yesterday', 'today'])
  })

  test('may be moved away: what comes later is in a new one', async () => {
    const ledger = openLedger(path)
    ledger.record(chargeOf('a'))
    await ledger.flush()
    renameSync(path, join(folder, 'moved'))
    ledger.record(chargeOf('b'))
    await ledger.close()
    expect(idsOf(await read())).toEqual(['b'])
    expect(readFileSync(join(folder, 'moved'), 'utf8')).toContain('"a"')
  })

  test('is in a new folder when its own is gone', async () => {
    path = join(folder, 'books/ledger.ndjson')
    const ledger = openLedger(path)
    ledger.record(chargeOf('a'))
    await ledger.flush()
    renameSync(join(folder, 'books'), join(folder, 'gone'))
    ledger.record(chargeOf('b'))
    await ledger.close()
    expect(idsOf(await read())).toEqual(['b'])
    expect(idsOf(await read(join(folder, 'gone/ledger.ndjson')))).toEqual(['a'])
  })

  test('whose path no longer exists is written to as long as it is open', async () => {
    path = join(folder, 'books/ledger.ndjson')
    const ledger = openLedger(path)
    ledger.record(chargeOf('a'))
    await ledger.flush()
    renameSync(join(folder, 'books'), join(folder, 'gone'))
    // No folder: what is below cannot be found, nor made.
    writeFileSync(join(folder, 'books'), '')
    ledger.record(chargeOf('b'))
    await ledger.close()
    expect(ledger.lost).toBe(0)
    expect(idsOf(await read(join(folder, 'gone/ledger.ndjson')))).toEqual(['a', 'b'])
  })

  test('that cannot be put aside grows on, which is reported once', async () => {
    const error = vi.spyOn(diag, 'error').mockImplementation(() => {})
    // Where a name is as long as it may be, one with the time in it is too long.
    path = join(folder, `${'x'.repeat(240)}.ndjson`)
    const ledger = openLedger(path, { maximumBytes: 1 })
    for (const id of ['a', 'b', 'c']) {
      ledger.record(chargeOf(id))
      await ledger.flush()
    }
    expect([ledger.lost, error.mock.calls.length]).toEqual([0, 1])
    await ledger.close()
    expect(readdirSync(folder)).toHaveLength(1)
    expect(idsOf(await read())).toEqual(['a', 'b', 'c'])
    vi.restoreAllMocks()
  })

  test('is put aside under names of its own by each of two that are open in one process', async () => {
    const ledgers = [1, 2].map(() => openLedger(path, { maximumBytes: 1 }))
    for (let call = 0; call < 300; call++) ledgers[call % 2]?.record(chargeOf(String(call)))
    for (let round = 0; round < 150; round++) {
      for (const [index, ledger] of ledgers.entries()) ledger.record(chargeOf(`${round}-${index}`))
      await Promise.all(ledgers.map((ledger) => ledger.flush()))
    }
    await Promise.all(ledgers.map((ledger) => ledger.close()))
    expect(await read()).toHaveLength(600)
  })

  test('stays where it is if its name is a link', async () => {
    mkdirSync(join(folder, 'volume'))
    writeFileSync(join(folder, 'volume/ledger.ndjson'), '')
    symlinkSync(join(folder, 'volume/ledger.ndjson'), path)
    const ledger = openLedger(path, { maximumBytes: 1 })
    for (const id of ['a', 'b', 'c']) {
      ledger.record(chargeOf(id))
      await ledger.flush()
    }
    await ledger.close()
    expect(readdirSync(folder)).toEqual(['ledger.ndjson', 'volume'])
    expect(readdirSync(join(folder, 'volume'))).toHaveLength(3)
    expect(idsOf(await read())).toEqual(['a', 'b', 'c'])
  })

  test('is read to its end if it is put aside meanwhile', async () => {
    await write(['a'])
    renameSync(path, join(folder, 'ledger.2026-11-27T00-00-00.000Z-1-0.ndjson'))
    await write(['b', 'c'])
    const found: string[] = []
    for await (const { spanId } of readLedger(path)) {
      found.push(spanId)
      if (spanId !== 'a') continue
      renameSync(path, join(folder, 'ledger.2026-11-28T00-00-00.000Z-1-1.ndjson'))
      await write(['d'])
    }
    expect(found.toSorted()).toEqual(['a', 'b', 'c', 'd'])
  })

  test('that cannot be made throws at once', () => {
    expect(() => openLedger('/dev/null/ledger.ndjson')).toThrow(/ENOTDIR|EEXIST/)
  })
})

test('what cannot be JSON is lost, and counted, and keeps nothing else from being written', async () => {
  const error = vi.spyOn(diag, 'error').mockImplementation(() => {
    throw new Error('logger is broken')
  })
  const ledger = openLedger(path)
  ledger.record(chargeOf('a'))
  ledger.record({ ...chargeOf('odd'), at: 1n as never })
  ledger.record(chargeOf('b'))
  await ledger.close()
  expect(ledger.lost).toBe(1)
  expect(error).toHaveBeenCalledTimes(1)
  expect(idsOf(await read())).toEqual(['a', 'b'])
  vi.restoreAllMocks()
})

describe('a disk without room', () => {
  test('loses what is beyond the bound alone, counts it, reports it once, and does not throw', async () => {
    const error = vi.spyOn(diag, 'error').mockImplementation(() => {})
    const added: number[] = []
    const counter = { add: (count: number) => void added.push(count) }
    const meter = { createCounter: () => counter }
    vi.spyOn(metrics, 'getMeter').mockReturnValue(meter as never)
    const ledger = openLedger('/dev/full', { maxQueueSize: 10 })
    for (let index = 0; index < 25; index++) ledger.record(chargeOf(String(index)))
    await ledger.flush()
    await ledger.flush()
    expect(ledger.lost).toBe(15)
    await ledger.close()
    expect(ledger.lost).toBe(25)
    expect(added.reduce((sum, count) => sum + count, 0)).toBe(25)
    expect(error).toHaveBeenCalledTimes(1)
    vi.restoreAllMocks()
  })

  test('that has some again gets what waited', async () => {
    const full = join(folder, 'full')
    await write(['before'])
    const ledger = openLedger(path)
    renameSync(path, full)
    // Nothing can be appended to a folder.
    mkdirSync(path)
    const error = vi.spyOn(diag, 'error').mockImplementation(() => {})
    ledger.record(chargeOf('waits'))
    await ledger.flush()
    expect([ledger.lost, error.mock.calls.length]).toEqual([0, 1])
    rmdirSync(path)
    renameSync(full, path)
    await ledger.close()
    expect(idsOf(await read())).toEqual(['before', 'waits'])
    vi.restoreAllMocks()
  })
})

function startWriter(...words: string[]) {
  const program = join(import.meta.dirname, 'writer.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', program, path, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return { child, output: text(child.stdout), ended: once(child, 'exit') }
}

describe('processes', () => {
  test('several write into one ledger, which is put aside meanwhile: every call is there', async () => {
    const names = ['one', 'two', 'three']
    const writers = names.map((name) => startWriter(name, '1500', '1500'))
    await Promise.all(writers.map(({ ended }) => ended))
    const charges = await read()
    expect(readdirSync(folder).length).toBeGreaterThan(10)
    for (const name of names) {
      const ids = charges.filter(({ traceId }) => traceId === name).map(({ spanId }) => spanId)
      expect(new Set(ids).size).toBe(1500)
      expect(ids).toHaveLength(1500)
    }
  }, 60_000)

  test.each(['process.exit', 'by itself'])(
    'that ends, %s, has written all',
    async (how) => {
      const { ended } = startWriter('one', '3000', 'at once', how)
      await ended
      expect(await read()).toHaveLength(3000)
    },
    60_000,
  )

  test('that is killed loses what it charged in its last moments at most', async () => {
    for (let round = 0; round < 5; round++) {
      const name = `round-${round}`
      const { child, output, ended } = startWriter(name, '100000', '500')
      await once(child.stdout, 'data')
      await sleep(400 + Math.random() * 400)
      child.kill('SIGKILL')
      await ended
      const lines = (await output)
        .trim()
        .split('\n')
        .map((line) => line.split(' '))
      const latest = Number(lines.at(-1)?.[0])
      // A batch waits 50 ms; a machine that runs all other tests meanwhile takes longer.
      const due = lines.filter(([at]) => Number(at) <= latest - 250).map(([, id]) => id)
      const found = new Set(idsOf(await read()))
      expect(lines.length).toBeGreaterThan(10)
      expect(due.filter((id) => !found.has(String(id)))).toEqual([])
    }
  }, 60_000)
})

test('a processor writes every call that it charges', async () => {
  const ledger = openLedger(path)
  const recording = new Recording({ options: { prices, onCharge: ledger.record } })
  for (let call = 0; call < 10; call++) end(recording.start('call', leaf), usage)
  await ledger.close()
  expect((await read()).map(({ usd }) => usd)).toEqual(Array.from({ length: 10 }, () => 1))
})

test('what is recorded after the end is lost, and counted', async () => {
  const ledger = openLedger(path)
  await ledger.close()
  ledger.record(chargeOf('late'))
  expect(ledger.lost).toBe(1)
})

test.each<[string, Parameters<typeof openLedger>, RegExp]>([
  ['no path', [''], /^Expected `path` to be the path of a file/],
  ['a misspelt option', ['x', { fsync: true } as never], /^Expected `options\.fsync` to be one of/],
  ['maximumBytes', ['x', { maximumBytes: 0.5 }], /^Expected `maximumBytes` to be a whole number/],
  ['maxQueueSize', ['x', { maxQueueSize: -1 }], /^Expected `maxQueueSize` to be a whole/],
  ['sync', ['x', { sync: 'always' as never }], /^Expected `sync` to be true or false/],
])('%s is refused', (_, words, message) => {
  expect(() => openLedger(...words)).toThrow(message)
})

test('a charge that is no JSON and a meter that throws take no other charge away', async () => {
  metrics.setGlobalMeterProvider({
    getMeter: () => {
      throw new Error('no meter')
    },
  })
  const ledger = openLedger(path)
  const circular: Record<string, unknown> = {}
  circular['itself'] = circular
  ledger.record(chargeOf('1'))
  ledger.record({ ...chargeOf('2'), usage: circular } as never)
  for (let id = 3; id <= 9; id++) ledger.record(chargeOf(String(id)))
  await ledger.close()
  metrics.disable()
  expect(ledger.lost).toBe(1)
  expect(idsOf(await read())).toEqual(['1', '3', '4', '5', '6', '7', '8', '9'])
})
