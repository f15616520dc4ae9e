import { diag, DiagLogLevel, metrics, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { FlushOptions } from 'costspan/serverless'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { capturePrinted } from '../support/printed.ts'
import { describeBatches, settings } from './batch-suite.ts'
import { startReceiver } from '../loopback/receiver.ts'
import { startSlowWay } from './slow-way.ts'

type Flush = (options?: FlushOptions) => Promise<boolean>

function register(exporter: OTLPTraceExporter): BasicTracerProvider {
  const spanProcessors = [new BatchSpanProcessor(exporter, settings)]
  const provider = new BasicTracerProvider({ spanProcessors })
  trace.setGlobalTracerProvider(provider)
  return provider
}

describeBatches('SDK 2', (exporter) => {
  const provider = register(exporter)
  return {
    tracer: provider.getTracer('flush'),
    forceFlush: () => provider.forceFlush(),
    stop: async () => {
      trace.disable()
      await provider.shutdown()
    },
  }
})

describe('flush', () => {
  const logged: unknown[][] = []
  const printed = capturePrinted()
  /** A new one each time: it reports things once. */
  let flush: Flush

  beforeEach(async () => {
    vi.resetModules()
    ;({ flush } = await import('costspan/serverless'))
    const log = (...words: unknown[]): void => void logged.push(words)
    const logger = { error: log, warn: log, info: log, debug: log, verbose: log }
    diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  })
  afterEach(() => {
    trace.disable()
    metrics.disable()
    diag.disable()
    logged.length = 0
  })

  test('delivers metrics of the global MeterProvider', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 600_000 })
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
    metrics.getMeter('flush').createCounter('calls').add(2)

    expect(await flush()).toBe(true)
    expect(exporter.getMetrics()).toHaveLength(1)
    await reader.shutdown()
  })

  test('flushes all that is named, whichever name the method has', async () => {
    const flushed: string[] = []
    const one = { forceFlush: async () => void flushed.push('exporter') }
    const other = { flush: () => void flushed.push('ledger') }

    expect(await flush({ targets: [one, other] })).toBe(true)
    expect(flushed.toSorted()).toEqual(['exporter', 'ledger'])
  })

  test('flushes an exporter after the providers, and a ledger at once', async () => {
    const order: string[] = []
    trace.setGlobalTracerProvider({
      getTracer: () => trace.getTracer('none'),
      forceFlush: async () => {
        await new Promise((resolve) => setTimeout(resolve, 50))
        order.push('provider')
      },
    } as never)

    await flush({
      targets: [
        { forceFlush: () => void order.push('exporter') },
        { flush: () => void order.push('ledger') },
      ],
    })
    expect(order).toEqual(['ledger', 'provider', 'exporter'])
  })

  test('gives up in time on a receiver that hangs, has flushed all else, and reports it once', async () => {
    const receiver = await startReceiver()
    const hanging = await startSlowWay(receiver.url, Infinity)
    const exporter = new OTLPTraceExporter({ url: hanging.url, timeoutMillis: 1000 })
    const provider = register(exporter)
    provider.getTracer('flush').startSpan('lost').end()
    let isLedgerFlushed = false
    const ledger = { flush: () => void (isLedgerFlushed = true) }
    const began = performance.now()

    expect(await flush({ targets: [exporter, ledger], timeoutMillis: 200 })).toBe(false)
    const milliseconds = performance.now() - began
    expect(milliseconds).toBeGreaterThan(190)
    expect(milliseconds).toBeLessThan(1000)
    expect(isLedgerFlushed).toBe(true)
    expect(logged.map(String)).toEqual([
      'costspan: flush of the TracerProvider failed; reported once,Error: it was not done within 200 ms',
      'costspan: flush of targets[0] failed; reported once,Error: it was not done within 200 ms',
    ])

    provider.getTracer('flush').startSpan('lost too').end()
    expect(await flush({ targets: [exporter], timeoutMillis: 10 })).toBe(false)
    expect(logged).toHaveLength(2)
    expect(printed.map(String)).toEqual([
      expect.stringMatching(/^costspan: flush of the TracerProvider failed.*ETIMEDOUT/),
      expect.stringMatching(/^costspan: flush of targets\[0\] failed.*ETIMEDOUT/),
    ])
    await hanging.close()
    await provider.shutdown().catch(() => {})
    await receiver.close()
  })

  test('is false where a receiver refuses', async () => {
    const exporter = new OTLPTraceExporter({
      url: 'http://127.0.0.1:9/v1/traces',
      timeoutMillis: 1,
    })
    const provider = register(exporter)
    provider.getTracer('flush').startSpan('lost').end()

    expect(await flush()).toBe(false)
    expect(String(logged.at(-1))).toContain('flush of the TracerProvider failed')
    await provider.shutdown()
  })

  test.each<[what: string, one: unknown]>([
    [
      'throws',
      {
        flush: () => {
          throw new Error('no')
        },
      },
    ],
    ['rejects', { forceFlush: () => Promise.reject(new Error('no')) }],
    ['resolves to false', { flush: () => Promise.resolve(false) }],
    ['can do nothing', {}],
    ['is nothing', undefined],
  ])('is false where one that is named %s, and the others are flushed', async (_what, one) => {
    let isFlushed = false
    const other = { flush: () => void (isFlushed = true) }

    expect(await flush({ targets: [one as never, other] })).toBe(false)
    expect(isFlushed).toBe(true)
    expect(printed).toHaveLength(1)
    expect(String(printed[0])).toContain('flush of targets[0]')
  })

  test('is false, with a warning, where there is nothing to flush', async () => {
    expect(await flush()).toBe(false)
    expect(await flush()).toBe(false)
    expect(printed.map(String)).toEqual([
      'costspan: flush() found no global TracerProvider or MeterProvider',
    ])
  })

  test.each([null, 1, { targets: 'ledger' }, { targets: {} }, { timeoutMillis: Number.NaN }])(
    'is false for %j instead of throwing',
    async (options) => {
      expect(await flush(options as never)).toBe(false)
      expect(printed.length).toBeGreaterThan(0)
    },
  )

  test('keeps no process waiting once it is done', async () => {
    const began = vi.spyOn(globalThis, 'setTimeout')
    const stopped = vi.spyOn(globalThis, 'clearTimeout')
    await flush({ targets: [{ flush: () => {} }] })

    expect(stopped).toHaveBeenCalledWith(began.mock.results[0]?.value)
    vi.restoreAllMocks()
  })
})
