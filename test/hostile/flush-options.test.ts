import type { FlushOptions } from 'costspan/flush'
import { beforeEach, expect, test, vi } from 'vitest'
import { capturePrinted } from '../support/printed.ts'

const throwing = new Proxy(
  {},
  {
    get() {
      throw new Error('a trap')
    },
  },
)
let isFlushed = false
const ledger = { flush: () => void (isFlushed = true) }
const printed = capturePrinted()
let flush: (options: unknown) => Promise<boolean>

beforeEach(async () => {
  isFlushed = false
  // Each message is printed once for a process.
  vi.resetModules()
  const module = await import('costspan/flush')
  flush = (options) => module.flush(options as FlushOptions)
})

/** Timers that hold the process. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}

test.each<[what: string, one: unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a number', 7],
  ['a text', 'ledger'],
  ['a list', []],
  ['an object that can do nothing', {}],
  ['a function', () => undefined],
  ['a promise of a ledger', Promise.resolve(ledger)],
  ['a field that is no method', { flush: true, forceFlush: 1 }],
  ['a symbol', Symbol('ledger')],
  ['a getter that throws', throwing],
])(
  '%s among what it flushes is reported by its place, and holds no process',
  async (_what, one) => {
    const before = timers()
    expect(await flush({ also: [ledger, one] })).toBe(false)
    expect(timers()).toBe(before)
    expect(isFlushed).toBe(true)
    expect(printed.map(String)).toEqual([
      expect.stringMatching(
        /^costspan: flush of also\[1\] failed: Expected `also\[1\]` to be an object with `forceFlush` or `flush`, got /,
      ),
    ])
  },
)

test('holes and several bad ones are reported one by one', async () => {
  // oxlint-disable-next-line no-sparse-arrays -- a hole is what is tested
  expect(await flush({ also: [, 7, ledger] })).toBe(false)
  expect(isFlushed).toBe(true)
  expect(String(printed[0])).toContain('`also[0]`')
  expect(String(printed[1])).toContain('`also[1]`')
})

test.each<[named: string, options: () => unknown]>([
  ['`options`', () => null],
  ['`options`', () => 'ledger'],
  ['`options`', () => [ledger]],
  ['`options`', () => Promise.resolve({})],
  ['`options`', () => throwing],
  ['`also`', () => ({ also: ledger })],
  ['`also`', () => ({ also: 'ledger' })],
  ['`also`', () => ({ also: null })],
  ['`also`', () => ({ also: new Set([ledger]) })],
  ['`options.alsoo`', () => ({ alsoo: [ledger] })],
  ['`withinMilliseconds`', () => ({ withinMilliseconds: 0 })],
  ['`withinMilliseconds`', () => ({ withinMilliseconds: -1 })],
  ['`withinMilliseconds`', () => ({ withinMilliseconds: Number.NaN })],
  ['`withinMilliseconds`', () => ({ withinMilliseconds: '5000' })],
  ['`withinMilliseconds`', () => ({ withinMilliseconds: null })],
  ['`withinMilliseconds`', () => ({ withinMilliseconds: 5n })],
])(
  'what is wrong with %s is named: false at once, and no process is held',
  async (named, options) => {
    const before = timers()
    expect(await flush(options())).toBe(false)
    expect(timers()).toBe(before)
    expect(
      printed.map(String).filter((line) => line.includes(`Expected ${named} to be`)),
    ).toHaveLength(1)
  },
)

test('a thenable of another realm is waited for, and its rejection is no unhandled one', async () => {
  const rejecting = {
    flush: () => ({
      // oxlint-disable-next-line unicorn/no-thenable -- a promise of a library
      then: (_: unknown, reject: (error: Error) => void) => reject(new Error('no')),
    }),
  }
  expect(await flush({ also: [rejecting, ledger] })).toBe(false)
  expect(isFlushed).toBe(true)
  expect(String(printed[0])).toContain('flush of also[0] failed')
})
