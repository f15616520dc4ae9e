import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, withAttribution, type Charge } from 'costspan'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Reply } from '../loopback/exchange.ts'
import { startProvider, type LoopbackProvider } from '../loopback/provider.ts'
import { CopyingExporter } from '../support/pipeline.ts'

/** One use of a client, and what the provider answers. */
export interface ClientCase {
  readonly name: string
  /** In the order of the requests; the last one answers all further ones. */
  readonly replies: readonly Reply[]
  run(url: string): Promise<unknown>
  /** What the charges of the served requests come to. */
  readonly status?: string
  /** Where requests were refused: how many, each with a charge of its own. */
  readonly refused?: number
  /** Whether the charge is not expected to equal the bill. */
  readonly isBounded?: true
}

export const usage = { uncachedInput: 1000, outputText: 200 }
export const answers: Reply = { text: 'The sky is blue. '.repeat(8), usage }

/**
 * Runs each case with the real client against the loopback provider: every served request is charged once, exactly as it
 * is billed, to its user.
 */
export function describeClient(label: string, cases: readonly ClientCase[]): void {
  let charges: Charge[] = []
  const exporter = new CopyingExporter()
  let replies: readonly Reply[] = []
  let loopback: LoopbackProvider

  beforeAll(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    const costs = new CostSpanProcessor({ onCharge: (charge) => charges.push(charge) })
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [costs, new SimpleSpanProcessor(exporter as never)] }),
    )
    loopback = await startProvider({
      reply: ({ number }) => replies[Math.min(number - first, replies.length - 1)] ?? answers,
    })
  })
  afterAll(async () => {
    await loopback.close()
    trace.disable()
    context.disable()
  })
  let first = 1
  let received = 0

  describe(label, () => {
    test.each(cases)('$name', { timeout: 20_000 }, async (one) => {
      charges = []
      replies = one.replies
      received += loopback.calls.length
      loopback.calls.length = 0
      first = received + 1
      await withAttribution({ userId: 'ada' }, () => one.run(loopback.url))
      // What the client leaves unread is reported a moment later.
      await settled(() => charges.length >= loopback.calls.length)
      expectCharged(one, loopback, charges)
    })
  })
}

function expectCharged(
  { status = 'priced', refused = 0, isBounded }: ClientCase,
  { calls }: LoopbackProvider,
  charges: readonly Charge[],
): void {
  expect(charges).toHaveLength(calls.length)
  expect(charges.map(({ attribution }) => attribution.userId)).toEqual(calls.map(() => 'ada'))
  const failed = charges.filter((charge) => charge.status === 'call_failed')
  expect(failed).toHaveLength(refused)
  const served = charges.filter((charge) => charge.status !== 'call_failed')
  expect(served.map((charge) => `${charge.status} ${charge.reason ?? ''}`.trim())).toEqual(
    served.map(() => status),
  )
  if (isBounded) return
  const billed = calls.reduce((sum, { usd = Number.NaN }) => sum + usd, 0)
  expect(served.reduce((sum, { usd = 0 }) => sum + usd, 0)).toBeCloseTo(billed, 9)
}

async function settled(isDone: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200 && !isDone(); turn++) {
    // oxlint-disable-next-line no-await-in-loop -- until it is done
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** Reads a stream to its end. */
export async function readAll<Item>(stream: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = []
  for await (const item of stream) items.push(item)
  return items
}
