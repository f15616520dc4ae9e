import { writeSync } from 'node:fs'
import { createOpenAI } from '@ai-sdk/openai'
import { OpenTelemetry } from '@ai-sdk/otel'
import { context, diag, DiagLogLevel, metrics, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { generateText, registerTelemetry } from 'ai'
import { CostSpanProcessor, withAttribution } from '../../src/index.ts'
import { flush } from '../../src/serverless/flush.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { costMetrics } from '../../src/metrics/cost-metrics.ts'
import { recordCall } from '../../src/manual/index.ts'
import {
  UNPRIVILEGED_USER,
  PROCESS_HEADER,
  type ApplicationReport,
  type ApplicationRequest,
  type ApplicationSettings,
} from './messages.ts'
import { ARM_NAMES, arms, type ArmName } from './arms.ts'
import { inputTokensOf, MODEL, OUTPUT_TOKENS } from './calls.ts'

// An application: the AI SDK, costspan with its ledger and its metrics, and the official exporters.
const settings = JSON.parse(process.argv[2] ?? '{}') as ApplicationSettings
const report: ApplicationReport = {
  made: 0,
  answered: 0,
  failures: [],
  charged: 0,
  lost: 0,
  unhandledRejections: 0,
  longestPauseMilliseconds: 0,
  printed: [],
}

process.on('unhandledRejection', () => report.unhandledRejections++)
const keep = (message: string): void => {
  if (message.startsWith('costspan')) report.printed.push(message)
}
// Warnings go to the console alone. A failure goes to the console and to `diag`, and is kept from there.
const { warn } = console
// oxlint-disable-next-line no-console -- replaced, and called on
console.warn = (line: unknown, ...rest: unknown[]): void => {
  if (!String(line).endsWith("OpenTelemetry's diag gets the error itself")) keep(String(line))
  warn(line, ...rest)
}
const ignore = (): void => {}
diag.setLogger(
  { error: keep, warn: keep, info: ignore, debug: ignore, verbose: ignore },
  DiagLogLevel.WARN,
)

/** At once, and not by the event loop: a process that is killed has printed it. */
function announce(text: string): void {
  if (settings.announces) writeSync(1, `${text}\n`)
}

const ledger = openLedger(settings.ledgerPath, settings.ledgerOptions)
const count = costMetrics()
const costs = new CostSpanProcessor({
  onCharge: (charge) => {
    ledger.record(charge)
    count(charge)
    report.charged++
    announce(`${Date.now()} ${charge.usage?.input}`)
  },
})
const exporterOf = (name: ArmName): OTLPTraceExporter =>
  new OTLPTraceExporter({ url: `${settings.receiver}/${name}/v1/traces`, ...arms[name].exporter })
const exporters = {
  defaults: exporterOf('defaults'),
  smallBatches: exporterOf('smallBatches'),
  largeBatches: exporterOf('largeBatches'),
}
const resource = resourceFromAttributes({ 'service.instance.id': crypto.randomUUID() })
const provider = new BasicTracerProvider({
  resource,
  spanProcessors: [
    costs,
    ...ARM_NAMES.map(
      (name) => new BatchSpanProcessor(exporters[name], { ...arms[name].processor }),
    ),
  ],
})
const meterProvider = new MeterProvider({
  resource,
  readers: [
    new PeriodicExportingMetricReader({
      exporter: new OTLPMetricExporter({
        url: `${settings.receiver}/v1/metrics`,
        timeoutMillis: 1_000,
      }),
      exportIntervalMillis: 1_000,
      exportTimeoutMillis: 1_000,
    }),
  ],
})
context.setGlobalContextManager(new AsyncLocalStorageContextManager())
trace.setGlobalTracerProvider(provider)
metrics.setGlobalMeterProvider(meterProvider)
registerTelemetry(new OpenTelemetry({ usage: true, providerMetadata: true }))

const openai = createOpenAI({
  baseURL: `${settings.provider}/openai`,
  apiKey: 'loopback',
  headers: { [PROCESS_HEADER]: String(process.pid) },
})
const prompt = 'Where is it? '.padEnd(settings.promptCharacters ?? 0, '.')

async function ask(): Promise<void> {
  const userId = `user-${report.made % 20}`
  await withAttribution({ userId }, () => generateText({ model: openai('gpt-4o-mini'), prompt }))
}

/** A call that is no HTTP request: for rates at which the AI SDK and the provider would be what is measured. */
function record(): void {
  recordCall({
    provider: 'openai',
    model: MODEL,
    usage: { input: inputTokensOf(report.made), output: OUTPUT_TOKENS },
    attribution: { userId: `user-${report.made % 20}` },
  })
}

const inFlight = new Set<Promise<void>>()

function makeCall(): void {
  report.made++
  if (settings.provider === undefined) {
    record()
    report.answered++
    return
  }
  const call = ask().then(
    () => void report.answered++,
    (error: unknown) => void report.failures.push(String(error)),
  )
  inFlight.add(call)
  void call.finally(() => inFlight.delete(call))
}

let timer: NodeJS.Timeout | undefined
let turn = { at: 0, work: 0 }

/** Between two turns of the event loop: what it worked, for a machine may let it wait for longer. */
function takeTurn(): void {
  const { user, system } = process.cpuUsage()
  const next = { at: performance.now(), work: (user + system) / 1_000 }
  const pause = Math.min(next.at - turn.at, next.work - turn.work)
  if (pause > report.longestPauseMilliseconds) report.longestPauseMilliseconds = pause
  turn = next
}

const callsInATurn = Math.max(2, settings.perSecond / 50)

function start(): void {
  const started = performance.now()
  takeTurn()
  report.longestPauseMilliseconds = 0
  timer = setInterval(() => {
    takeTurn()
    announce('turn')
    const due = ((performance.now() - started) / 1000) * settings.perSecond
    // Who is late makes up for it bit by bit: all at once would hold the event loop.
    for (let calls = 0; calls < callsInATurn && report.made < due; calls++) makeCall()
  }, 10)
}

async function stop(): Promise<void> {
  clearInterval(timer)
  await Promise.all(inFlight)
}

/** In the documented order; of exporters that cannot deliver, each has had its time. */
async function end(): Promise<void> {
  await ledger.close()
  await Promise.allSettled([provider.shutdown(), meterProvider.shutdown()])
}

/** One request of a function that is frozen right after its response, and after what `waitUntil` was given. */
async function serve(flushes: boolean): Promise<void> {
  makeCall()
  await Promise.all(inFlight)
  if (flushes) await flush({ targets: [...Object.values(exporters), ledger] })
  process.kill(process.pid, 'SIGSTOP')
}

/** Its clock alone: that of the machine is everybody's. */
function setClockBack(milliseconds: number): void {
  const now = Date.now.bind(Date)
  const RealDate = Date
  globalThis.Date = class extends RealDate {
    constructor(...words: [] | [number]) {
      super(words.length === 0 ? now() - milliseconds : words[0])
    }
    static override now(): number {
      return now() - milliseconds
    }
  } as DateConstructor
}

const answers: { readonly [Request in ApplicationRequest]: () => void | Promise<void> } = {
  start,
  stop,
  end,
  'set the clock back by 4 s': () => setClockBack(4_000),
  'set the clock back by 26 h': () => setClockBack(26 * 60 * 60 * 1_000),
  'drop privileges': () => process.setuid?.(UNPRIVILEGED_USER),
  'serve, then freeze': () => serve(false),
  'serve, flush, then freeze': () => serve(true),
  report: () => {},
}

process.on('message', (request: ApplicationRequest) => {
  void (async () => {
    await answers[request]()
    process.send?.({ ...report, lost: ledger.lost })
    if (request === 'end') process.disconnect()
  })()
})
process.send?.('ready')
