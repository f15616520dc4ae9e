import type { FlushOptions } from 'costspan/serverless'
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
  const module = await import('costspan/serverless')
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
    expect(await flush({ targets: [ledger, one] })).toBe(false)
    expect(timers()).toBe(before)
    expect(isFlushed).toBe(true)
    expect(printed.map(String)).toEqual([
      expect.stringMatching(
        /^costspan: flush of targets\[1\] failed: Expected `targets\[1\]` to be an object with `forceFlush` or `flush`, got /,
      ),
    ])
  },
)

test('holes and several bad ones are reported one by one', async () => {
  // oxlint-disable-next-line no-sparse-arrays -- a hole is what is tested
  expect(await flush({ targets: [, 7, ledger] })).toBe(false)
  expect(isFlushed).toBe(true)
  expect(String(printed[0])).toContain('`targets[0]`')
  expect(String(printed[1])).toContain('`targets[1]`')
})

test.each<[named: string, options: () => unknown]>([
  ['`options`', () => null],
  ['`options`', () => 'ledger'],
  ['`options`', () => [ledger]],
  ['`options`', () => Promise.resolve({})],
  ['`options`', () => throwing],
  ['`targets`', () => ({ targets: ledger })],
  ['`targets`', () => ({ targets: 'ledger' })],
  ['`targets`', () => ({ targets: null })],
  ['`targets`', () => ({ targets: new Set([ledger]) })],
  ['`options.alsoo`', () => ({ alsoo: [ledger] })],
  ['`timeoutMillis`', () => ({ timeoutMillis: 0 })],
  ['`timeoutMillis`', () => ({ timeoutMillis: -1 })],
  ['`timeoutMillis`', () => ({ timeoutMillis: Number.NaN })],
  ['`timeoutMillis`', () => ({ timeoutMillis: '5000' })],
  ['`timeoutMillis`', () => ({ timeoutMillis: null })],
  ['`timeoutMillis`', () => ({ timeoutMillis: 5n })],
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
  expect(await flush({ targets: [rejecting, ledger] })).toBe(false)
  expect(isFlushed).toBe(true)
  expect(String(printed[0])).toContain('flush of targets[0] failed')
})
