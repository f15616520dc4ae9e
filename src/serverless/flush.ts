import { metrics, trace } from '@opentelemetry/api'
import { invalidOption, hasMethod, isRecord } from '../invalid-option.ts'
import { Reporter } from '../warnings/reporter.ts'

/**
 * What can deliver what it holds: a provider, processor, reader or exporter of OpenTelemetry (`forceFlush`), a ledger
 * (`flush`). It is done when what it returns resolves, and has failed where that is `false`.
 */
export type Flushable = { forceFlush(): unknown } | { flush(): unknown }

export interface FlushOptions {
  /**
   * What is flushed beside the two global providers. Name the exporters of traces: a batch processor does not wait
   * for a batch that it has sent before, its exporter does.
   * @defaultValue `[]`
   */
  readonly also?: readonly Flushable[] | undefined
  /**
   * After so many milliseconds it resolves, whatever is still under way.
   * @defaultValue 5000
   */
  readonly withinMilliseconds?: number | undefined
}

const PATIENCE_MILLISECONDS = 5000
/** What timers can wait at most. */
const LONGEST_MILLISECONDS = 2 ** 31 - 1

const reporter = new Reporter()

/**
 * Delivers what waits in memory, for functions that are frozen after their response: traces of the global
 * `TracerProvider`, metrics of the global `MeterProvider`, and what `also` names. A call whose stream is still open is
 * not among it: read the stream to its end first.
 *
 * Resolves to `true` if all of them were done in time, else to `false`. Never throws or rejects; what was not done is
 * printed once, on the console.
 *
 * @example
 * after(async () => {
 *   await answer.consumeStream()
 *   await flush({ also: [exporter, ledger] })
 * })
 */
export async function flush(options: FlushOptions = {}): Promise<boolean> {
  try {
    return await flushAll(options)
  } catch (error) {
    reporter.failed('flush', error)
    return false
  }
}

async function flushAll(options: FlushOptions): Promise<boolean> {
  const { also, withinMilliseconds, isMalformed } = readOptions(options)
  const deadline = startDeadline(withinMilliseconds)
  try {
    const areDone = await Promise.all(startAll(also, deadline.isPast))
    return !isMalformed && areDone.length > 0 && !areDone.includes(false)
  } finally {
    // A timer that is left would hold the process.
    deadline.stop()
  }
}

interface ReadOptions {
  readonly also: readonly NamedFlushable[]
  readonly withinMilliseconds: number
  readonly isMalformed: boolean
}

interface NamedFlushable {
  readonly name: string
  readonly one: Flushable
}

/** What is malformed is reported, and keeps nothing else from being flushed. */
function readOptions(options: unknown): ReadOptions {
  let isMalformed = false
  const report = ({ message }: TypeError, name = ''): void => {
    isMalformed = true
    reporter.warn(`flush ${message}`, () => `flush${name} failed: ${message}`)
  }
  const isReadable = isRecord(options)
  if (!isReadable) report(invalidOption('options', 'an object', options))
  const { also = [], withinMilliseconds, ...others } = isReadable ? options : {}
  for (const name of Object.keys(others)) {
    report(invalidOption(`options.${name.slice(0, 80)}`, 'one of also, withinMilliseconds'))
  }
  if (!Array.isArray(also)) report(invalidOption('also', 'an array', also))
  const named: NamedFlushable[] = []
  // `forEach` skips the holes of an array.
  Array.from(Array.isArray(also) ? also : []).forEach((one: unknown, index) => {
    const name = `also[${index}]`
    if (isFlushable(one)) named.push({ name, one })
    else report(invalidOption(name, 'an object with `forceFlush` or `flush`', one), ` of ${name}`)
  })
  const patience: unknown = withinMilliseconds ?? PATIENCE_MILLISECONDS
  const isValid = typeof patience === 'number' && patience > 0 && withinMilliseconds !== null
  if (!isValid) report(invalidOption('withinMilliseconds', 'a number above 0', withinMilliseconds))
  return {
    also: named,
    withinMilliseconds: isValid ? patience : PATIENCE_MILLISECONDS,
    isMalformed,
  }
}

function startAll(also: readonly NamedFlushable[], isPast: Promise<never>): Promise<boolean>[] {
  const finish = (name: string, run: () => unknown): Promise<boolean> =>
    isDone(name, Promise.race([start(run), isPast]))

  const providers = globalProviders().map(([name, provider]) =>
    finish(name, () => provider.forceFlush()),
  )
  const providersDone = Promise.all(providers)
  const others = also.map(({ name, one }) =>
    finish(name, async () => {
      if (!isExporting(one)) return one.flush()
      // A processor, or a reader, may have something for it yet.
      await providersDone
      return one.forceFlush()
    }),
  )
  const all = [...providers, ...others]
  if (all.length === 0) {
    reporter.warn('flush', () => 'flush() found no global TracerProvider or MeterProvider')
  }
  return all
}

interface Exporting {
  forceFlush(): unknown
}

function isExporting(one: unknown): one is Exporting {
  return hasMethod(one, 'forceFlush')
}

function isFlushable(one: unknown): one is Flushable {
  return isExporting(one) || hasMethod(one, 'flush')
}

/** Of an SDK; those of the API alone hold nothing. */
function globalProviders(): (readonly [name: string, provider: Exporting])[] {
  const tracing: { getDelegate?(): object } & object = trace.getTracerProvider()
  const providers = [
    ['the TracerProvider', tracing.getDelegate?.() ?? tracing],
    ['the MeterProvider', metrics.getMeterProvider()],
  ] as const
  return providers.flatMap(([name, provider]) =>
    isExporting(provider) ? [[name, provider] as const] : [],
  )
}

/** What throws at once fails as what rejects. */
async function start(run: () => unknown): Promise<unknown> {
  return run()
}

async function isDone(name: string, flushing: Promise<unknown>): Promise<boolean> {
  try {
    if ((await flushing) !== false) return true
    reporter.warn(`flush ${name}`, () => `flush of ${name} says that it is not done; reported once`)
  } catch (error) {
    reporter.failed(`flush of ${name}`, error)
  }
  return false
}

function startDeadline(milliseconds: number): { readonly isPast: Promise<never>; stop(): void } {
  const patience = Math.min(milliseconds, LONGEST_MILLISECONDS)
  let timer: ReturnType<typeof setTimeout> | undefined
  const isPast = new Promise<never>((_resolve, reject) => {
    const error = new Error(`it was not done within ${patience} ms`)
    timer = setTimeout(() => reject(Object.assign(error, { code: 'ETIMEDOUT' })), patience)
  })
  // Nobody may be waiting for it.
  isPast.catch(() => {})
  return { isPast, stop: () => clearTimeout(timer) }
}
