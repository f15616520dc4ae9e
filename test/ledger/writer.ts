import { createCharger } from '../../src/index.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { plainSpan } from '../support/plain-span.ts'

/** A process that writes charges into a ledger, by the arguments of its parent: path, name, count, a second, how to end. */
const [path = '', name = '', count = '', perSecond = '', end = ''] = process.argv.slice(2)
const attributes = {
  'ai.operationId': 'ai.generateText.doGenerate',
  'ai.model.provider': 'openai.chat',
  'ai.model.id': 'gpt-4o',
  'ai.usage.inputTokens': 1000,
  'ai.usage.outputTokens': 200,
}
const charge = createCharger()
const ledger = openLedger(path, { maximumBytes: 100_000 })
let recorded = 0

function recordOne(): void {
  const spanId = `${name}-${recorded++}`
  const span = plainSpan(attributes, { spanContext: () => ({ traceId: name, spanId }) })
  const made = charge(span, { userId: name, plan: undefined, tenantId: undefined })
  if (made !== undefined) ledger.record(made)
  process.stdout.write(`${Date.now()} ${spanId}\n`)
}

if (perSecond === 'at once') {
  while (recorded < Number(count)) recordOne()
  if (end === 'process.exit') process.exit(0)
} else {
  const timer = setInterval(
    () => {
      recordOne()
      if (recorded >= Number(count)) clearInterval(timer)
    },
    1000 / Number(perSecond),
  )
}
