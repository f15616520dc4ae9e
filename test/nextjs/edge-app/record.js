import { selfCheck } from 'costspan'
import { recordCall } from 'costspan/record'

/** One call, and what the ledger of this runtime answers afterwards. */
export async function recordOne() {
  const attribution = { userId: 'u_42' }
  recordCall({ provider: 'openai', model: 'gpt-4o', usage: { input: 10, output: 1 }, attribution })
  const { ledger, readLedger } = globalThis.ofInstrumentation
  const flushed = await ledger.flush()
  return {
    flushed,
    lost: ledger.lost,
    read: await attempt(readLedger),
    // Of the processor that another bundle, that of instrumentation.js, has created.
    found: selfCheck(),
  }
}

async function attempt(use) {
  if (process.env.NEXT_RUNTIME !== 'edge') return 'not tried'
  try {
    const used = await use('ledger.ndjson')
    if (used?.next !== undefined) await used.next()
    return 'done'
  } catch (error) {
    return String(error)
  }
}
