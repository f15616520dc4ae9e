/**
 * Costs, calls and tokens as OpenTelemetry metrics.
 *
 * @module
 */
import type { MeterProvider } from '@opentelemetry/api'
import type { Charge } from '../charge/charge.ts'
import { invalidOption, hasMethod, rejectUnknown } from '../invalid-option.ts'
import { LateCounter } from '../diagnostics/late-counter.ts'
import { outputTokens } from '../usage/usage.ts'
import { GivenUpCalls, isGivenUp } from './given-up-calls.ts'
import { SeriesLimit, type Series } from './series-limit.ts'

/** The options of `costMetrics`. */
export interface CostMetricsOptions {
  /**
   * The provider of the meter. Without it the global one is used; if that is registered later, it gets what was counted
   * before.
   */
  readonly meterProvider?: MeterProvider | undefined
  /**
   * Labels for the tenant or the user. Each tenant or user is a series of each metric, kept for as long as the
   * process runs: for thousands of them, not for millions.
   * @defaultValue `[]`
   */
  readonly by?: readonly ('tenant' | 'user')[] | undefined
  /**
   * Maximum number of series of a metric that name the attribution and a model. All further ones are counted under
   * `other`, in at most 97 more series. (A real value `other` becomes `'other'`, in quotes.) OpenTelemetry's SDK has a
   * limit of 2,000 series, beyond which it drops all labels without a warning; the counter of tokens has four series
   * for each one of the others.
   * @defaultValue 400
   */
  readonly cardinalityLimit?: number | undefined
}

interface Counters {
  readonly cost: LateCounter
  readonly calls: LateCounter
  readonly tokens: LateCounter
  readonly unpriced: LateCounter
  readonly unfinished: LateCounter
}

/**
 * Counts every call as OpenTelemetry metrics, to be given as `onCharge`: `costspan.cost` (US dollars),
 * `costspan.calls`, `costspan.tokens`, and `costspan.unpriced_calls`, whose cost is not known; by provider,
 * model, plan, status and source. These only ever grow, so the next export makes up for one that is lost. An abandoned
 * call is in `costspan.given_up_calls` instead of `costspan.unpriced_calls`: its span may still end, and then that
 * number goes down.
 *
 * @throws TypeError if an option is malformed, naming it.
 *
 * @example
 * ```ts
 * import { CostSpanProcessor } from 'costspan'
 * import { costMetrics } from 'costspan/metrics'
 *
 * const processor = new CostSpanProcessor({ onCharge: costMetrics({ by: ['tenant'] }) })
 * ```
 */
export function costMetrics(options: CostMetricsOptions = {}): (charge: Charge) => void {
  assertOptions(options)
  const { meterProvider, by = [], cardinalityLimit = 400 } = options
  const series = new SeriesLimit(cardinalityLimit, by)
  const givenUp = new GivenUpCalls()
  const counters = createCounters(meterProvider)
  return (charge) => {
    const found = series.of(charge)
    if (isGivenUp(charge)) {
      countGivenUp(charge, found, counters, givenUp)
      return
    }
    const before = givenUp.isEmpty ? undefined : givenUp.take(charge)
    // It is in the number of calls already.
    if (before === undefined) counters.calls.add(1, found.labels)
    else counters.unfinished.add(-1, before)
    count(charge, found, counters)
  }
}

function countGivenUp(
  charge: Charge,
  { labels }: Series,
  { calls, unfinished, unpriced }: Counters,
  givenUp: GivenUpCalls,
): void {
  // Two processors may abandon the same call.
  if (givenUp.has(charge)) return
  const evicted = givenUp.add(charge, labels)
  calls.add(1, labels)
  unfinished.add(1, labels)
  if (evicted === undefined) return
  unfinished.add(-1, evicted)
  unpriced.add(1, evicted)
}

function count(
  { usd, usage, status }: Charge,
  { labels, tokens }: Series,
  counters: Counters,
): void {
  if (usd !== undefined) counters.cost.add(usd, labels)
  else if (status !== 'call_failed') counters.unpriced.add(1, labels)
  if (usage === undefined) return
  const written = usage.cacheWrite5m + usage.cacheWrite1h
  const input = usage.input + usage.audioInput + usage.imageInput
  const output = outputTokens(usage)
  if (input > 0) counters.tokens.add(input, tokens.input)
  if (usage.cacheRead > 0) counters.tokens.add(usage.cacheRead, tokens.cacheRead)
  if (written > 0) counters.tokens.add(written, tokens.cacheWrite)
  if (output > 0) counters.tokens.add(output, tokens.output)
}

function createCounters(meterProvider: MeterProvider | undefined): Counters {
  return {
    cost: new LateCounter({
      meterProvider,
      name: 'costspan.cost',
      unit: '{USD}',
      description: 'What calls of AI models cost, in US dollars',
    }),
    calls: new LateCounter({
      meterProvider,
      name: 'costspan.calls',
      unit: '{call}',
      description: 'Calls of AI models, priced or not',
    }),
    tokens: new LateCounter({
      meterProvider,
      name: 'costspan.tokens',
      unit: '{token}',
      description: 'Tokens that calls of AI models used, each of one kind',
    }),
    unpriced: new LateCounter({
      meterProvider,
      name: 'costspan.unpriced_calls',
      unit: '{call}',
      description: 'Calls of AI models whose cost is not known',
    }),
    unfinished: new LateCounter({
      meterProvider,
      name: 'costspan.given_up_calls',
      goesDown: true,
      unit: '{call}',
      description: 'Calls of AI models whose spans were given up and have not ended since',
    }),
  }
}

function assertOptions(options: CostMetricsOptions): void {
  rejectUnknown(options, 'options', ['meterProvider', 'by', 'cardinalityLimit'])
  const { meterProvider, by = [], cardinalityLimit = 1 } = options
  if (meterProvider !== undefined && !hasMethod(meterProvider, 'getMeter')) {
    throw invalidOption('meterProvider', 'a MeterProvider of OpenTelemetry', meterProvider)
  }
  if (!Array.isArray(by)) throw invalidOption('by', 'a list of tenant and user', by)
  by.forEach((name, index) => {
    if (name !== 'tenant' && name !== 'user')
      throw invalidOption(`by[${index}]`, 'tenant or user', name)
  })
  if (!Number.isSafeInteger(cardinalityLimit) || cardinalityLimit < 1) {
    throw invalidOption('cardinalityLimit', 'a whole number above 0', cardinalityLimit)
  }
}
