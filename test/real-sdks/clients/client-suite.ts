import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { registerInstrumentations, type Instrumentation } from '@opentelemetry/instrumentation'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, withAttribution, type Charge } from 'costspan'
import type AnthropicModule from '@anthropic-ai/sdk'
import type OpenAIModule from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Reply } from '../../loopback/exchange.ts'
import { startProvider, type LoopbackProvider } from '../../loopback/provider.ts'
import { CopyingExporter, type ExportedSpan } from '../../support/pipeline.ts'

/** What a call comes to: its status, with the reasons in brackets; or what there is instead. */
export type Verdict =
  | 'priced'
  | `${'upper_bound' | 'lower_bound' | 'estimated'} (${string})`
  | 'unknown_usage (usage_not_reported)'
  | 'call_failed (http_error)'
  /** The instrumentation never ends the span, or starts none. */
  | 'no span'

/** One request of a raw client, and the answer it gets. */
export interface RawCase<Client> {
  readonly reply: Reply
  readonly call: (client: Client) => Promise<unknown>
}

/** What was measured: every call that ended with a status, and what the provider billed. */
export interface Measured {
  readonly verdicts: readonly string[]
  readonly costs: readonly (number | undefined)[]
  readonly users: readonly unknown[]
  readonly billed: number | undefined
  readonly spans: readonly ExportedSpan[]
  readonly charges: readonly Charge[]
}

export interface RawClients {
  readonly openai: OpenAIModule
  readonly anthropic: AnthropicModule
}

/** A broken stream may leave its span open for good; no test waits longer for it. */
const LONGEST_WAIT_MILLISECONDS = 250

/** Real clients under instrumentations, the way an application registers them. */
export class RawRecording {
  readonly exporter = new CopyingExporter()
  readonly provider: BasicTracerProvider
  readonly #charges: Charge[] = []
  #open = 0
  #reply: Reply = {}
  #loopback: LoopbackProvider | undefined
  #clients: RawClients | undefined
  #users = 0

  /** `isGlobal`: as an application registers it, so that Anthropic's own client writes spans too. */
  constructor(instrumentations: Instrumentation[], isGlobal = false) {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager())
    // OpenInference reads a copy of a stream, and handles no failure of it.
    process.on('unhandledRejection', () => {})
    const costs = new CostSpanProcessor({ onCharge: (charge) => this.#charges.push(charge) })
    const counting = {
      onStart: () => void this.#open++,
      onEnd: () => void this.#open--,
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    }
    this.provider = new BasicTracerProvider({
      spanProcessors: [counting, costs, new SimpleSpanProcessor(this.exporter)],
    })
    if (isGlobal) trace.setGlobalTracerProvider(this.provider)
    registerInstrumentations({ instrumentations, tracerProvider: this.provider })
  }

  /** Loads the clients, after the instrumentations, through the hook that these have set. */
  async start(): Promise<void> {
    this.#loopback = await startProvider({ reply: () => this.#reply })
    const require = createRequire(import.meta.url)
    const { OpenAI } = require('openai') as { OpenAI: typeof OpenAIModule }
    const { Anthropic } = require('@anthropic-ai/sdk') as { Anthropic: typeof AnthropicModule }
    const { url } = this.#loopback
    this.#clients = {
      openai: new OpenAI({ apiKey: 'none', baseURL: `${url}/openai`, maxRetries: 0 }),
      anthropic: new Anthropic({ apiKey: 'none', baseURL: `${url}/anthropic`, maxRetries: 0 }),
    }
  }

  async stop(): Promise<void> {
    await this.provider.shutdown()
    await this.#loopback?.close()
  }

  async measure(reply: Reply, call: (clients: RawClients) => Promise<unknown>): Promise<Measured> {
    const clients = this.#clients
    if (clients === undefined) throw new Error('Not started.')
    this.exporter.spans.length = 0
    this.#charges.length = 0
    this.#open = 0
    this.#reply = reply
    const userId = `user-${++this.#users}`
    await withAttribution({ userId }, () => call(clients)).catch(() => {})
    await this.#untilAllEnded()
    const spans = [...this.exporter.spans]
    const calls = spans.filter(({ attributes }) => attributes['cost.status'] !== undefined)
    return {
      verdicts: calls.map(verdictOf),
      costs: calls.map(({ attributes }) => attributes['cost.usd'] as number | undefined),
      users: calls.map(({ attributes }) => (attributes['user.id'] === userId ? 'the user' : 'not')),
      billed: this.#loopback?.calls.at(-1)?.usd,
      spans,
      // A broken stream of an earlier case is reported when the garbage collector finds its span.
      charges: this.#charges.filter(
        ({ attribution, reason }) => attribution.userId === userId && reason !== 'never_ended',
      ),
    }
  }

  async #untilAllEnded(): Promise<void> {
    const deadline = Date.now() + LONGEST_WAIT_MILLISECONDS
    await sleep(5)
    while (this.#open > 0 && Date.now() < deadline) await sleep(5)
  }
}

function verdictOf({ attributes }: ExportedSpan): string {
  const reason = attributes['cost.reason']
  const status = String(attributes['cost.status'])
  return reason === undefined ? status : `${status} (${String(reason)})`
}

/** That a cost is what was billed, or bounds it, as its verdict states. */
export function expectRightCost(
  verdict: string,
  usd: number | undefined,
  billed = Number.NaN,
): void {
  if (verdict === 'priced') expect(usd).toBeCloseTo(billed, 9)
  else if (verdict.startsWith('upper_bound')) expect(usd).toBeGreaterThan(billed - 1e-9)
  else if (verdict.startsWith('lower_bound')) expect(usd).toBeLessThan(billed + 1e-9)
  else if (verdict.startsWith('estimated')) expect(usd).toBeGreaterThan(0)
  else expect(usd).toBeUndefined()
}

/**
 * Each case that is expected, once: what it comes to, what it costs, and for which user. Without an
 * instrumentation, by what the client writes itself.
 */
export function describeRawClient<Client extends keyof RawClients, Name extends string>(
  instrumentation: (() => Instrumentation) | undefined,
  clientOf: Client,
  cases: Record<Name, RawCase<RawClients[Client]>>,
  expected: Partial<Record<Name, Verdict>>,
): void {
  const recording = new RawRecording(
    instrumentation === undefined ? [] : [instrumentation()],
    instrumentation === undefined,
  )
  beforeAll(() => recording.start())
  afterAll(() => recording.stop())

  describe('is charged as the table states, never wrong in silence', () => {
    test.each(Object.entries(expected) as [Name, Verdict][])('%s: %s', async (name, verdict) => {
      const { reply, call } = cases[name]
      const measured = await recording.measure(reply, (clients) => call(clients[clientOf]))
      const { verdicts, costs, users, billed, charges } = measured
      expect(verdicts).toEqual(verdict === 'no span' ? [] : [verdict])
      expect(charges).toHaveLength(verdicts.length)
      if (verdict === 'no span') return
      expect(users).toEqual(['the user'])
      expectRightCost(verdict, costs[0], billed)
    })
  })
}

/** That a call which several spans describe is charged once, rightly, and to its user. */
export function expectChargedOnce({ verdicts, costs, users, billed }: Measured): void {
  expect(verdicts).toHaveLength(1)
  expect(users).toEqual(['the user'])
  expectRightCost(verdicts[0] ?? '', costs[0], billed)
}
