import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCharger } from '../../src/index.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { plainSpan } from '../support/plain-span.ts'

const SECONDS = 2
const CHARGES = 10

/** Batches of ten charges a second that one process can append, one after the other. */
export async function batchesPerSecond(sync: boolean): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'costspan-sync-'))
  const charge = createCharger()(
    plainSpan({
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.model.provider': 'openai.chat',
      'ai.model.id': 'gpt-4o',
      'ai.usage.inputTokens': 1000,
      'ai.usage.outputTokens': 200,
    }),
  )
  if (charge === undefined) throw new Error('no call')
  const ledger = openLedger(join(folder, 'ledger.ndjson'), { sync })
  try {
    const end = performance.now() + SECONDS * 1_000
    let batches = 0
    for (; performance.now() < end; batches++) {
      for (let count = 0; count < CHARGES; count++) ledger.record(charge)
      // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured
      await ledger.flush()
    }
    return Math.round(batches / SECONDS)
  } finally {
    await ledger.close()
    rmSync(folder, { recursive: true })
  }
}
