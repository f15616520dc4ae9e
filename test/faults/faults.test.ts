import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { frozenAfterResponse } from './frozen.ts'
import { killedAtRandom, type Killed } from './killed.ts'
import { ledgerFaults, onSmallDisk, underLedgerFault } from './ledger-rows.ts'
import { cutEverywhere } from './power-cut.ts'
import { queueOverflow, receiverFaults, underReceiverFault } from './receiver-rows.ts'
import { writeFindings } from './reliability-page.ts'
import { allOf, expectUnharmed, type Row } from './row.ts'
import { smallDisks } from './small-disk.ts'
import { batchesPerSecond } from './sync-rate.ts'

const LEDGER_FAILED = 'costspan: the ledger cannot be written; charges wait in memory'

const mountPoint = mkdtempSync(join(tmpdir(), 'costspan-mount-'))
const disks = smallDisks(mountPoint)
rmdirSync(mountPoint)

/** In the order of the page, whichever ends first. */
const rows = new Map<string, Row | undefined>(
  [
    ...receiverFaults.map(({ name }) => name),
    'overflow',
    'kill',
    'power cut',
    ...disks.flatMap(({ name }) => [name, `${name}, little memory`]),
    ...ledgerFaults.map(({ name }) => name),
    'frozen',
    'frozen without flush',
  ].map((name) => [name, undefined]),
)
let killed: Killed | undefined

describe.concurrent('a receiver of telemetry', () => {
  test.each(receiverFaults)('$name: ledger and metrics have every call', async (fault) => {
    const { row, reports } = await underReceiverFault(fault)
    expect([row.ledger, row.metrics]).toEqual([allOf(row.calls), allOf(row.calls)])
    expectUnharmed(reports)
    rows.set(fault.name, row)
  })
})

describe.concurrent('a ledger', () => {
  test.each(ledgerFaults)('$name: it has every call', async (fault) => {
    const { row, reports } = await underLedgerFault(fault)
    expect(row.ledger).toEqual(allOf(row.calls))
    if (fault.metricsAreStuck === true) expect(row.metrics.doubled).toBe(0)
    else expect(row.metrics).toEqual(allOf(row.calls))
    expectUnharmed(reports, fault.printed)
    rows.set(fault.name, row)
  })

  describe.each(disks)('$name', (disk) => {
    test('charges wait, and are all written when there is room', async () => {
      const { row, reports, counted } = await onSmallDisk(disk)
      expect([row.ledger, row.metrics]).toEqual([allOf(row.calls), allOf(row.calls)])
      expect(counted).toBe(0)
      expectUnharmed(reports, [LEDGER_FAILED])
      rows.set(disk.name, row)
    })

    test('what memory does not hold is lost, and counted', async () => {
      const { row, reports, counted } = await onSmallDisk(disk, 100)
      expect(row.metrics).toEqual(allOf(row.calls))
      expect(row.ledger.lost).toBeGreaterThan(0)
      expect([counted, reports[0]?.lost]).toEqual([row.ledger.lost, row.ledger.lost])
      expect(row.ledger.doubled).toBe(0)
      expectUnharmed(reports, [LEDGER_FAILED])
      rows.set(`${disk.name}, little memory`, row)
    })
  })
})

test('more calls a second than a queue holds: ledger and metrics have every call', async () => {
  const { row, reports } = await queueOverflow()
  expect([row.ledger, row.metrics]).toEqual([allOf(row.calls), allOf(row.calls)])
  expectUnharmed(reports)
  rows.set('overflow', row)
})

test('a process that is killed loses what it charged in its last moments, and nothing else', async () => {
  killed = await killedAtRandom()
  const { row, rounds, lost, turns, inFlight } = killed
  expect(rounds).toBe(50)
  expect(row.ledger.doubled).toBe(0)
  expect(row.ledger.lost).toBe(lost.length + inFlight.length)
  // Of ten milliseconds each on a quiet machine, and the page states the figure; a loaded one lets processes wait.
  expect(turns).toBeLessThan(100)
  expect(Math.max(0, ...inFlight)).toBeLessThan(5_000)
  rows.set('kill', row)
})

test('a file that is cut at whichever byte of its last record lacks that one', async () => {
  const { row, files, cuts, wrong } = await cutEverywhere()
  expect(wrong).toEqual([])
  expect(files).toBeGreaterThan(3)
  expect(cuts).toBeGreaterThan(files * 2 * 300)
  rows.set('power cut', row)
})

describe('a function that is frozen right after its response', () => {
  test('has delivered everything, if it flushes', async () => {
    const { row, reports, lacked } = await frozenAfterResponse(true)
    expect(lacked).toEqual([])
    expect([row.ledger, row.metrics]).toEqual([allOf(row.calls), allOf(row.calls)])
    expect(Object.values(row.traces)).toEqual([1, 2, 3].map(() => allOf(row.calls)))
    expectUnharmed(reports)
    rows.set('frozen', row)
  })

  test('has not, if it does not', async () => {
    const { row, lacked } = await frozenAfterResponse(false)
    expect(lacked).not.toEqual([])
    rows.set('frozen without flush', row)
  })
})

test('docs/reference/reliability.md has all of it', async () => {
  const found = [...rows.values()].filter((row) => row !== undefined)
  expect(found).toHaveLength(rows.size)
  if (killed === undefined) throw new Error('Nothing was killed')
  const kernel = await batchesPerSecond(false)
  const disk = await batchesPerSecond(true)
  writeFindings({ rows: found, killed, batchesPerSecond: { kernel, disk } })
})
