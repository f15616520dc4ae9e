import { openLedger } from 'costspan/ledger'
import { describe, expect, test } from 'vitest'
import { chargeOf, ledgerFolder, readAll } from '../support/ledger-folder.ts'
import { capturePrinted } from '../support/printed.ts'

const place = ledgerFolder()
const printed = capturePrinted()
const good = chargeOf({ userId: 'ada' }, 'ada')
const { usage } = good

const refused: Record<string, object> = {
  'a start in 1970': { at: 5 },
  'a start that is NaN': { at: Number.NaN },
  'a start after 2200': { at: 8e12 },
  'a cost above 1e9': { usd: 1.5e9 },
  'a cost below 0': { usd: -1 },
  'a cost that is infinite': { usd: Number.POSITIVE_INFINITY },
  'a user who is a number': { attribution: { userId: 42 } },
  'a span id that is empty': { spanId: '' },
  'a trace id that is a number': { traceId: 7 },
  'usage that is NaN': { usage: { ...usage, input: Number.NaN } },
  'an unknown status': { status: 'free' },
  'no cost with the status priced': { usd: undefined },
}

describe('a charge that readLedger leaves out is not written, counted as lost, and reported once', () => {
  test.each(Object.entries(refused))('%s', async (_, changes) => {
    const ledger = openLedger(place.path)
    ledger.record({ ...good, spanId: 'bad', ...changes })
    ledger.record(good)
    ledger.record({ ...good, spanId: 'bad too', ...changes })
    expect(await ledger.flush()).toBe(true)
    expect(ledger.lost).toBe(2)
    await ledger.close()
    expect(await readAll(place.path)).toEqual({ charges: [good], problems: [] })
    expect(printed.flat().join('\n')).toMatch(
      /^costspan: a charge is not valid, and is not in the ledger; it is counted as lost[^\n]*$/,
    )
    expect(JSON.stringify(printed)).not.toContain('42')
  })
})
