import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

interface Retained {
  /** Spans that were not collected, of 150,000. */
  held: number
  /** By the last 50,000 spans. */
  grownBytesPerSpan: number
  charges: number
}

const script = join(import.meta.dirname, 'leak-check.ts')

async function measure(...options: string[]): Promise<Retained> {
  const flags = ['--expose-gc', '--import', 'tsx', script, ...options]
  const { stdout } = await promisify(execFile)(process.execPath, flags)
  return JSON.parse(stdout) as Retained
}

/** Bytes; a span is a thousand, an entry in a map a hundred. */
const LITTLE = 40

/** The last spans may still be on a stack or in a register. */
const FEW = 10

/** The latest 32 AI spans that stand below no other and have not ended, and a call of each. */
const REMEMBERED = 2 * 32

describe('of 150,000 spans, ended and never ended, costspan holds none but the latest', () => {
  test('where the host calls onEnding', async () => {
    const { held, grownBytesPerSpan } = await measure('--on-ending')
    expect(held).toBeLessThan(REMEMBERED + FEW)
    expect(grownBytesPerSpan).toBeLessThan(LITTLE)
  }, 60_000)

  test('where it does not', async () => {
    const { held, grownBytesPerSpan } = await measure()
    expect(held).toBeLessThan(REMEMBERED + FEW)
    expect(grownBytesPerSpan).toBeLessThan(LITTLE)
  }, 60_000)

  test('where the span of a request ends above, and each call that never ends is heard of', async () => {
    const { held, grownBytesPerSpan, charges } = await measure('--on-ending', '--below-requests')
    expect(held).toBeLessThan(REMEMBERED + FEW)
    expect(grownBytesPerSpan).toBeLessThan(LITTLE)
    // Three calls of a generation, one of which never ends.
    expect(charges).toBeGreaterThan((3 * 150_000) / 6 - FEW)
  }, 60_000)

  test('but the last 500 whose end was forced, for two minutes, and what is above them', async () => {
    const { held, grownBytesPerSpan } = await measure('--forced-ends')
    expect(held).toBeGreaterThanOrEqual(500)
    expect(held).toBeLessThan(2 * 500 + REMEMBERED + FEW)
    expect(grownBytesPerSpan).toBeLessThan(LITTLE)
  }, 60_000)

  test('and a span that somebody does hold is seen', async () => {
    expect((await measure('--on-ending', '--leak')).held).toBeGreaterThan(1_000)
  }, 60_000)
})
