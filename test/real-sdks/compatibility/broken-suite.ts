import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { context, ROOT_CONTEXT, trace, type Span } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, withAttribution, type Charge } from 'costspan'
import { costFetch } from 'costspan/clients'
import { beforeAll, describe, expect, test } from 'vitest'
import { startProvider, type ServedCall } from '../../loopback/provider.ts'
import { lanes } from '../../recorder/ai-sdks/index.ts'
import type { LaneName } from '../../recorder/ai-sdks/lane.ts'
import { openStreams, ways, type Way } from './broken-streams.ts'
import { expectColumn, type Table } from './broken-table.ts'
import { CopyingExporter } from '../../support/pipeline.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const providers = {
  OpenAI: { name: 'openai-chat', model: 'gpt-4o', id: 'openai' },
  Anthropic: { name: 'anthropic', model: 'claude-sonnet-4-5', id: 'anthropic' },
} as const
type Provider = keyof typeof providers

/**
 * Spans of broken streams may never end; no test waits longer for them. In turns of the event loop, which everything
 * here runs in, so that it is enough on a machine that is busy.
 */
const LONGEST_WAIT = 150

/** What the tracer provider of the process has in it, anew for each stream. */
class Current implements SpanProcessor {
  #costs = new CostSpanProcessor()
  exporter = new CopyingExporter()
  charges: Charge[] = []

  startOver(): void {
    const charges: Charge[] = []
    this.#costs = new CostSpanProcessor({ onCharge: (charge) => charges.push(charge) })
    this.charges = charges
    this.exporter = new CopyingExporter()
  }

  onStart: SpanProcessor['onStart'] = (span, from) => this.#costs.onStart(span, from)
  onEnding: NonNullable<SpanProcessor['onEnding']> = (span) => this.#costs.onEnding(span)
  onEnd: SpanProcessor['onEnd'] = (span) => {
    this.#costs.onEnd(span)
    this.exporter.export([span], () => {})
  }
  forceFlush = (): Promise<void> => this.#costs.forceFlush()
  shutdown = (): Promise<void> => this.#costs.shutdown()
}

/** What became of one broken stream. */
interface Outcome {
  readonly requests: readonly ServedCall[]
  readonly charges: readonly Charge[]
  /** How many charges were reported when the process had stopped. */
  readonly atStop: number
  /** How many of them are of calls whose span was not exported: before the stop, or by it. */
  readonly withoutSpan: number
  /** How many calls had not ended when a span above them did, by the word of those spans. */
  readonly unfinished: number
}

/**
 * Each way a stream can end early, with the real AI SDK of one lane, below the span of a request: with what its spans show
 * alone, or with `costFetch`.
 */
export function describeBroken(
  label: string,
  laneName: LaneName,
  table: Table = 'spans alone',
): void {
  const isRead = table === 'costFetch'
  const current = new Current()
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager())
    Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })
    // Broken streams reject promises that have no handler.
    process.on('unhandledRejection', () => {})
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [current] }))
  })

  /** As a server does; the request's span ends when all is over, unless the process stops before. */
  async function serve(provider: Provider, way: Way, atEnd: () => Promise<unknown>) {
    const loopback = await startProvider({
      reply: ({ number }) => way.replies[number - 1] ?? { failure: { status: 418 } },
    })
    try {
      const { name, model, id } = providers[provider]
      const fetch = isRead ? costFetch({ provider: id }) : undefined
      const sdk = await openStreams(lanes[laneName], name, loopback.url, model, fetch)
      const request = trace.getTracer('http').startSpan('POST /chat', {}, ROOT_CONTEXT)
      const before = current.charges.length
      await inRequest(request, () => way.run(sdk))
      if (way.stops !== true) {
        await untilReported(current, before + loopback.calls.length)
        request.end()
      }
      await atEnd()
    } finally {
      await loopback.close()
    }
    // What ends now must not be reported again.
    await sleep(20)
    return loopback.calls
  }

  async function outcomeOf(provider: Provider, way: Way): Promise<Outcome> {
    current.startOver()
    const { charges, exporter } = current
    let atStop = 0
    const requests = await serve(provider, way, async () => {
      await current.shutdown()
      atStop = charges.length
    })
    const unfinished = exporter.spans.reduce(
      (sum, { attributes }) => sum + Number(attributes['cost.unfinished_calls'] ?? 0),
      0,
    )
    const exported = new Set(exporter.spans.map(({ spanId }) => spanId))
    const withoutSpan = charges.filter(({ spanId }) => !exported.has(spanId)).length
    return { requests, charges, atStop, withoutSpan, unfinished }
  }

  const cells = new Map<string, Partial<Record<Provider, string>>>(
    ways.map(({ name }) => [name, {}]),
  )

  // AI SDK 4 waits two seconds before it tries again.
  describe.each(['OpenAI', 'Anthropic'] as const)(
    `${label}, %s`,
    { timeout: 20_000 },
    (provider) => {
      test.each(ways)('$name: each call that was served is charged once', async (way) => {
        const outcome = await outcomeOf(provider, way)
        if (isRead) expectRead(outcome, laneName, provider)
        else expectChargedOnce(outcome, leavesAttemptsOpen(laneName, way))
        // A call whose answer has ended has its charge, and is not unfinished.
        if (isRead) expect(outcome.unfinished).toBeLessThanOrEqual(outcome.withoutSpan)
        else if (way.stops !== true) expect(outcome.unfinished).toBe(outcome.withoutSpan)
        Object.assign(cells.get(way.name) ?? {}, { [provider]: cellOf(outcome) })
      })
    },
  )

  // AI SDK 7 itself holds the spans that it never ends.
  test.each([lanes[laneName]].filter(({ major }) => major < 7 && !isRead))(
    'AI SDK $major: calls that never end are reported while the process runs',
    { timeout: 20_000 },
    async () => {
      const way = ways.find(({ name }) => name === 'socket cut')
      if (way === undefined) throw new Error('no such way')
      current.startOver()
      // The runtime holds the last one for a while.
      for (let request = 0; request < 3; request++) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await serve('OpenAI', way, () => Promise.resolve())
      }
      await untilReported(current, 2, collectGarbage)
      expect(current.charges.length).toBeGreaterThanOrEqual(2)
      expect(new Set(current.charges.map(({ reason }) => reason))).toEqual(new Set(['never_ended']))
    },
  )

  test(`docs/guide/broken-calls.md has the column of ${label}, ${table}`, () => {
    expectColumn(table, label, new Map([...cells].map(([name, cell]) => [name, inOneCell(cell)])))
  })
}

function inRequest(request: Span, run: () => Promise<unknown>): Promise<unknown> {
  return context.with(trace.setSpan(ROOT_CONTEXT, request), () =>
    withAttribution({ userId: 'ada' }, run),
  )
}

/** AI SDK 7's `OpenTelemetry` starts a span for each attempt of a stream, and never ends that of one which was refused. */
function leavesAttemptsOpen(laneName: LaneName, { replies }: Way): number {
  if (laneName !== 'ai-7' && laneName !== 'ai-7-bare') return 0
  return replies.filter(({ failure }) => typeof failure === 'object').length
}

function expectChargedOnce({ requests, charges, atStop }: Outcome, attemptsOpen: number): void {
  expect(charges).toHaveLength(atStop)
  const served = requests.filter(({ status }) => status < 400)
  const accepted = charges.filter(({ status }) => status !== 'call_failed')
  expect(accepted).toHaveLength(served.length + attemptsOpen)
  expect(new Set(charges.map(({ spanId }) => spanId)).size).toBe(charges.length)
  for (const { attribution, call } of charges) {
    expect([attribution.userId, call.requestModel]).toEqual(['ada', requestedModel(call.family)])
  }
  // What is charged is billed, and nothing is charged that is not.
  const known = charges.filter(({ usd }) => usd !== undefined)
  expect(known.every(({ status }) => status === 'priced')).toBe(true)
  const [billed] = served
  expect(known.map(({ usd }) => usd)).toEqual(known.slice(0, 1).map(() => billed?.usd))
}

/** Each request is charged once, by what was on the wire. AI SDK 7 has one span for all attempts of most calls. */
function expectRead(
  { requests, charges, atStop }: Outcome,
  laneName: LaneName,
  provider: Provider,
): void {
  expect(charges).toHaveLength(atStop)
  const served = requests.filter(({ status }) => status < 400)
  const refused = laneName === 'ai-7-legacy' ? 0 : requests.length - served.length
  const accepted = charges.filter(({ status }) => status !== 'call_failed')
  expect(accepted).toHaveLength(served.length)
  expect(charges).toHaveLength(served.length + refused)
  expect(new Set(charges.map(({ spanId }) => spanId)).size).toBe(charges.length)
  for (const { attribution, call, status, usd, usage } of accepted) {
    expect([attribution.userId, call.requestModel]).toEqual(['ada', providers[provider].model])
    expect(['priced', 'estimated']).toContain(status)
    if (status === 'priced') expect(usd).toBeCloseTo(served[0]?.usd ?? Number.NaN, 9)
    // Anthropic names the prompt at the start.
    else if (provider === 'Anthropic') expect(usage?.input).toBe(served[0]?.usage?.uncachedInput)
    else expect(usage?.input).toBeGreaterThan(0)
  }
}

function requestedModel(family: string): string {
  return family === 'openai' ? providers.OpenAI.model : providers.Anthropic.model
}

function cellOf({ charges }: Outcome): string {
  return charges.map(({ status, reason }) => `\`${reason ?? status}\``).join(', ')
}

function inOneCell({ OpenAI, Anthropic }: Partial<Record<Provider, string>>): string {
  return OpenAI === Anthropic ? String(OpenAI) : `OpenAI ${OpenAI}; Anthropic ${Anthropic}`
}

async function untilReported(
  { charges }: Current,
  count: number,
  everyTime: () => void = () => {},
): Promise<void> {
  for (let turn = 0; turn < LONGEST_WAIT && charges.length < count; turn++) {
    everyTime()
    // oxlint-disable-next-line no-await-in-loop -- until it is over
    await sleep(1)
  }
}
