import { describe, expect, test } from 'vitest'
import { DIFFERENT, SAME } from '../../src/duplicates/compare-usage.ts'
import type { Evidence } from '../../src/duplicates/evidence.ts'
import { RecentCalls } from '../../src/duplicates/recent-calls.ts'

/** A call with a usage of its own, that lasts from `from` to `until`, in milliseconds since the epoch. */
function call(prompt: number, until: number, more: Partial<Evidence> = {}): Evidence {
  return {
    operation: 'chat',
    model: 'gpt-4o',
    responseId: undefined,
    amounts: [prompt, 0, 0, 100, 0, 0, 0],
    unseen: 0,
    usd: 1,
    traceId: 'trace',
    from: 0,
    until,
    ...more,
  }
}

describe('calls that wait for their duplicate', () => {
  test('are 31,744 at least, and only calls that are evicted are uncertain', () => {
    const recent = new RecentCalls()
    const MANY = 40_000
    for (let index = 0; index < MANY; index++) recent.note(call(index, index))
    for (let index = MANY - 31_744; index < MANY; index++) {
      expect(recent.take(call(index, MANY))).toBe(SAME)
    }
    expect(recent.take(call(0, MANY))).toBe(DIFFERENT)
    expect(recent.mayHaveEvicted(call(0, MANY))).toBe(true)
    expect(recent.mayHaveEvicted(call(0, MANY, { from: MANY - 31_744 }))).toBe(false)
  })

  test('wait for ten minutes, and none of them is uncertain then', () => {
    const recent = new RecentCalls()
    recent.note(call(1, 0))
    for (let minute = 1; minute < 10; minute++) recent.note(call(1000, minute * 60_000))
    expect(recent.take(call(1, 599_000))).toBe(SAME)
    recent.note(call(2, 600_000))
    recent.note(call(3, 1_300_000))
    expect(recent.take(call(2, 1_300_000))).toBe(DIFFERENT)
    expect(recent.mayHaveEvicted(call(2, 1_300_000))).toBe(false)
  })

  test('match once for each span, those of the same trace first', () => {
    const recent = new RecentCalls()
    recent.note(call(1, 10, { traceId: 'one' }))
    // So many that other calls are between the two.
    for (let index = 0; index < 3000; index++) recent.note(call(1000 + index, 20))
    recent.note(call(1, 30, { traceId: 'other' }))
    expect(recent.take(call(1, 40, { traceId: 'one' }))).toBe(SAME)
    // Only the newer of the two can be this one.
    expect(recent.take(call(1, 40, { traceId: 'other', from: 25 }))).toBe(SAME)
    expect(recent.take(call(1, 40))).toBe(DIFFERENT)
  })
})
