import { metrics, type Counter, type Meter, type MeterProvider } from '@opentelemetry/api'
import type { Charge } from '../charge/charge.ts'
import { expected, hasMethod, rejectUnknown } from '../expected.ts'
import { outputTokens } from '../usage/usage.ts'
import { SeriesLimit, type Series } from './series-limit.ts'

export interface CostMetricsOptions {
  /** @defaultValue the global one, also if it is registered later */
  readonly meterProvider?: MeterProvider | undefined
  /**
   * Who pays, as labels of their own. Each payer is a series of each metric, kept for as long as the process
   * runs: for thousands of payers, not for millions.
   * @defaultValue `[]`
   */
  readonly by?: readonly ('tenant' | 'user')[] | undefined
  /**
   * How many series a metric has that name a payer and a model; what comes after them is counted under `other`, in
   * at most 97 more. (Who is really called so is told as `'other'`.) OpenTelemetry's SDK has a limit of its own, of
   * 2,000, beyond which it counts without labels and says nothing; the counter of tokens has four series for each.
   * @defaultValue 400
   */
  readonly maximumSeries?: number | undefined
}

interface Instruments {
  readonly cost: Counter
  readonly calls: Counter
  readonly tokens: Counter
  readonly unpriced: Counter
}

/**
 * Counts every call as OpenTelemetry metrics, to be given as `onCharge`: `costspan.cost` (US dollars),
 * `costspan.calls`, `costspan.tokens`, and `costspan.unpriced_calls`, whose cost nobody knows; by provider,
 * model, plan, status and source. Counters only ever grow, so an export that is lost is made good by the next.
 *
 * @throws TypeError if an option is malformed, naming it.
 *
 * @example
 * new CostSpanProcessor({ onCharge: costMetrics({ by: ['tenant'] }) })
 */
export function costMetrics(options: CostMetricsOptions = {}): (charge: Charge) => void {
  assertOptions(options)
  const { meterProvider, by = [], maximumSeries = 400 } = options
  const series = new SeriesLimit(maximumSeries, by)
  let provider: MeterProvider | undefined
  let instruments: Instruments | undefined
  return (charge) => {
    const current = meterProvider ?? metrics.getMeterProvider()
    if (instruments === undefined || provider !== current) {
      provider = current
      instruments = createInstruments(current.getMeter('costspan'))
    }
    count(charge, series.of(charge), instruments)
  }
}

function count(
  { usd, usage, status }: Charge,
  { labels, tokens }: Series,
  instruments: Instruments,
): void {
  instruments.calls.add(1, labels)
  if (usd !== undefined) instruments.cost.add(usd, labels)
  else if (status !== 'call_failed') instruments.unpriced.add(1, labels)
  if (usage === undefined) return
  const written = usage.cacheWrite5m + usage.cacheWrite1h
  const input = usage.input + usage.audioInput + usage.imageInput
  const output = outputTokens(usage)
  if (input > 0) instruments.tokens.add(input, tokens.input)
  if (usage.cacheRead > 0) instruments.tokens.add(usage.cacheRead, tokens.cacheRead)
  if (written > 0) instruments.tokens.add(written, tokens.cacheWrite)
  if (output > 0) instruments.tokens.add(output, tokens.output)
}

function createInstruments(meter: Meter): Instruments {
  return {
    cost: meter.createCounter('costspan.cost', {
      unit: '{USD}',
      description: 'What calls of AI models cost, in US dollars',
    }),
    calls: meter.createCounter('costspan.calls', {
      unit: '{call}',
      description: 'Calls of AI models that ended, priced or not',
    }),
    tokens: meter.createCounter('costspan.tokens', {
      unit: '{token}',
      description: 'Tokens that calls of AI models used, each of one kind',
    }),
    unpriced: meter.createCounter('costspan.unpriced_calls', {
      unit: '{call}',
      description: 'Calls of AI models whose cost is not known',
    }),
  }
}

function assertOptions(options: CostMetricsOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw expected('options', 'an object', options)
  }
  rejectUnknown(options, 'options', ['meterProvider', 'by', 'maximumSeries'])
  const { meterProvider, by = [], maximumSeries = 1 } = options
  if (meterProvider !== undefined && !hasMethod(meterProvider, 'getMeter')) {
    throw expected('meterProvider', 'a MeterProvider of OpenTelemetry', meterProvider)
  }
  if (!Array.isArray(by)) throw expected('by', 'a list of tenant and user', by)
  by.forEach((payer, index) => {
    if (payer !== 'tenant' && payer !== 'user')
      throw expected(`by[${index}]`, 'tenant or user', payer)
  })
  if (!Number.isSafeInteger(maximumSeries) || maximumSeries < 1) {
    throw expected('maximumSeries', 'a whole number above 0', maximumSeries)
  }
}
