import { setTimeout as sleep } from 'node:timers/promises'
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, withAttribution } from 'costspan'
import { restoreAttribution, serializeAttribution } from 'costspan/propagation'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProviderRequest, Reply } from '../../loopback/exchange.ts'
import { startProvider, type LoopbackProvider } from '../../loopback/provider.ts'
import { expectRow } from './compatibility-table.ts'
import { CopyingExporter } from '../../support/pipeline.ts'

/** What an application does, for a user. */
export const columns = [
  'generate',
  'stream',
  'object',
  'embed',
  'tool',
  'nested agent',
  'worker hop',
] as const
export type Column = (typeof columns)[number]

/** One way of calling models: what it does in each column, or why it does not. */
export interface Row {
  readonly name: string
  /** Opens it against the loopback, after the tracer provider is registered. */
  open(
    url: string,
    provider: BasicTracerProvider,
  ): Promise<Record<Exclude<Column, 'worker hop'>, Work | string>>
}

export interface Work {
  /** How many requests it makes of the provider. */
  readonly requests: number
  run(): Promise<unknown>
}

const signingKey = 'a key that signs, for tests only'

/** Asks for a tool once, when there is one, and answers when it has been used. */
function reply({ tools, body }: ProviderRequest): Reply {
  const usage = { uncachedInput: 1000, outputText: 200 }
  if (!tools.includes('weather')) return { text: 'Mild.', object: { city: 'Oslo' }, usage }
  return JSON.stringify(body).includes('degrees_of_the_tool')
    ? { text: 'Mild.', usage }
    : { toolCalls: [{ name: 'weather', input: { city: 'Oslo' } }], usage }
}

/** What the tool answers; the next request to the provider contains it. */
export const toolAnswer = { degrees_of_the_tool: 9 }

/** Runs a row, checks each cell, and compares it with the table in docs/reference/compatibility.md. */
export function describeRow(row: Row): void {
  const exporter = new CopyingExporter()
  const cells = new Map<Column, string>()
  let loopback: LoopbackProvider
  let works: Awaited<ReturnType<Row['open']>>

  beforeAll(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager())
    Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })
    const provider = new BasicTracerProvider({
      spanProcessors: [new CostSpanProcessor(), new SimpleSpanProcessor(exporter)],
    })
    trace.setGlobalTracerProvider(provider)
    loopback = await startProvider({ reply })
    works = await row.open(loopback.url, provider)
  })
  afterAll(() => loopback.close())

  async function cellOf(column: Column): Promise<string> {
    const work = works[column === 'worker hop' ? 'generate' : column]
    if (typeof work === 'string') return work
    exporter.spans.length = 0
    loopback.calls.length = 0
    const userId = `user-${column}`
    if (column === 'worker hop') await afterHop(userId, () => work.run())
    else await withAttribution({ userId }, () => work.run())
    await sleep(20)
    const calls = exporter.spans.filter(({ attributes }) => attributes['cost.status'] !== undefined)
    expect(loopback.calls).toHaveLength(work.requests)
    expect(calls.map(({ attributes }) => attributes['user.id'])).toEqual(calls.map(() => userId))
    // Every request that was billed is on one span, and no span stands for two.
    if (calls.length === 0) return 'no span'
    expect(calls).toHaveLength(loopback.calls.length)
    const kinds = new Set(calls.map(({ attributes }) => String(attributes['cost.status'])))
    return kinds.size === 1 && kinds.has('priced')
      ? 'yes'
      : `yes, ${[...kinds].map((kind) => `\`${kind}\``).join(' and ')}`
  }

  describe(`the user is on the span that carries the cost: ${row.name}`, () => {
    test.each(columns)('%s', async (column) => {
      const cell = await cellOf(column)
      cells.set(column, cell)
      expect(cell).toMatch(/^(yes|no span|– no such call)/)
    })

    test('docs/reference/compatibility.md has the same row', () => {
      expectRow(
        row.name,
        columns.map((column) => cells.get(column)),
      )
    })
  })
}

/** What a worker does with a message: nothing of the request that sent it is around. */
async function afterHop(userId: string, run: () => Promise<unknown>): Promise<void> {
  const token = withAttribution({ userId }, () => serializeAttribution({ signingKey }))
  await context.with(ROOT_CONTEXT, () =>
    withAttribution(restoreAttribution(token, { signingKeys: [signingKey] }), run),
  )
}
