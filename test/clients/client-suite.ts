import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, withAttribution, type Charge } from 'costspan'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Reply } from '../loopback/exchange.ts'
import { startProvider, type LoopbackProvider, type ServedCall } from '../loopback/provider.ts'
import { expectRow } from '../real-sdks/compatibility/compatibility-table.ts'
import { CopyingExporter, type ExportedSpan } from '../support/pipeline.ts'

/** What an application does with a client: the columns of the table in docs/reference/compatibility.md. */
export const columns = [
  'JSON',
  'stream',
  'stream with usage',
  'responses',
  'embeddings',
  'tools',
  'parse',
  'cached',
  'reasoning',
  'retry',
  'refused',
  'stopped',
] as const

/** One use of a client, and what the provider answers. */
export interface ClientCase {
  readonly name: string
  /** Where the table shows it. */
  readonly column?: (typeof columns)[number]
  /** In the order of the requests; the last one answers all further ones. */
  readonly replies: readonly Reply[]
  run(url: string): Promise<unknown>
  /** What the charges of the served requests come to. */
  readonly status?: string
  /** Where requests were refused: how many, each with a charge of its own. */
  readonly refused?: number
  /** How many charges there are, if not one for each request. */
  readonly charged?: number
  /** Whether the charge is not expected to equal the bill. */
  readonly isBounded?: true
  /** What else is expected. */
  check?(
    charges: readonly Charge[],
    spans: readonly ExportedSpan[],
    calls: readonly ServedCall[],
  ): void
}

export const usage = { uncachedInput: 1000, outputText: 200 }
export const answers: Reply = { text: 'The sky is blue. '.repeat(8), usage }

/**
 * Runs each case with the real client against the loopback provider: every served request is charged once, exactly as it
 * is billed, to its user. Then compares what the cases of each column came to with the row in
 * docs/reference/compatibility.md, if it has one; `npm run compatibility` writes it.
 */
export function describeClient(
  label: string,
  cases: readonly ClientCase[],
  { row }: { readonly row?: string } = {},
): void {
  describe(label, () => {
    const exporter = new CopyingExporter()
    const cells = new Map<string, Set<string>>()
    let charges: Charge[] = []
    let replies: readonly Reply[] = []
    let loopback: LoopbackProvider
    let first = 1
    let received = 0

    beforeAll(async () => {
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
      const costs = new CostSpanProcessor({ onCharge: (charge) => charges.push(charge) })
      trace.setGlobalTracerProvider(
        new BasicTracerProvider({
          spanProcessors: [costs, new SimpleSpanProcessor(exporter)],
        }),
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

    test.each(cases)('$name', { timeout: 20_000 }, async (one) => {
      charges = []
      exporter.spans.length = 0
      replies = one.replies
      received += loopback.calls.length
      loopback.calls.length = 0
      first = received + 1
      await withAttribution({ userId: 'ada' }, () => one.run(loopback.url))
      // What the client leaves unread is reported a moment later, and what it gives up is received a moment later.
      await settled(
        () =>
          loopback.calls.length >= one.replies.length &&
          charges.length >= (one.charged ?? loopback.calls.length),
      )
      expectCharged(one, loopback, charges)
      one.check?.(charges, exporter.spans, loopback.calls)
      const { column } = one
      if (column !== undefined) cells.set(column, (cells.get(column) ?? new Set()).add(cellOf(one)))
    })

    test.runIf(row !== undefined)('docs/reference/compatibility.md has the same row', () => {
      const shown = columns.map((column) => [...(cells.get(column) ?? ['–'])].join(' and '))
      expectRow(row ?? '', shown)
    })
  })
}

/** What its charges came to, once they are as expected. */
function cellOf({ status = 'priced', refused, replies }: ClientCase): string {
  if (refused !== undefined && replies.length === 1) return '`call_failed`'
  return status === 'priced' ? 'yes' : `\`${status.split(' ')[0]}\``
}

function expectCharged(
  { status = 'priced', refused = 0, charged, isBounded }: ClientCase,
  { calls }: LoopbackProvider,
  charges: readonly Charge[],
): void {
  expect(charges).toHaveLength(charged ?? calls.length)
  expect(charges.map(({ attribution }) => attribution.userId)).toEqual(charges.map(() => 'ada'))
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
