/**
 * Delivers traces, metrics and charges before a function is frozen or a server stops.
 *
 * @module
 */
import { metrics, trace } from '@opentelemetry/api'
import { invalidOption, hasMethod, isRecord } from '../invalid-option.ts'
import { Reporter } from '../warnings/reporter.ts'

/**
 * An object that can deliver what it buffers: a provider, processor, reader or exporter of OpenTelemetry (`forceFlush`),
 * or a ledger (`flush`). Delivery is complete when the returned promise resolves; it has failed if that is `false`.
 */
export type Flushable =
  | {
      /** Delivers what is buffered. */
      forceFlush(): unknown
    }
  | {
      /** Delivers what is buffered. */
      flush(): unknown
    }

/** The options of `flush`. */
export interface FlushOptions {
  /**
   * Flushed in addition to the two global providers. Include the trace exporters: a batch processor does not wait for a
   * batch that it has already handed to its exporter, the exporter does.
   * @defaultValue `[]`
   */
  readonly targets?: readonly Flushable[] | undefined
  /**
   * After this time, in milliseconds, `flush` resolves to `false`, even if a target has not finished.
   * @defaultValue 5000
   */
  readonly timeoutMillis?: number | undefined
}

const DEFAULT_TIMEOUT_MILLIS = 5000
/** The longest delay of a timer. */
const MAXIMUM_TIMEOUT_MILLIS = 2 ** 31 - 1

const reporter = new Reporter()

/**
 * Delivers what is buffered in memory, for functions that are frozen after their response: traces of the global
 * `TracerProvider`, metrics of the global `MeterProvider`, and `targets`. A call whose stream is still open is not
 * included: read the stream to its end first.
 *
 * Resolves to `true` if all of them finished in time, otherwise to `false`. Never throws or rejects; each failure is
 * reported once, as a warning.
 *
 * @example
 * ```ts
 * import { flush } from 'costspan/serverless'
 * import { after } from 'next/server'
 *
 * export function POST() {
 *   after(() => flush({ timeoutMillis: 2000 }))
 *   return new Response('…')
 * }
 * ```
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
  const { targets, timeoutMillis, isMalformed } = parseOptions(options)
  const timeout = startTimeout(timeoutMillis)
  try {
    const results = await Promise.all(startAll(targets, timeout.expired))
    return !isMalformed && results.length > 0 && !results.includes(false)
  } finally {
    // A pending timer would keep the process alive.
    timeout.stop()
  }
}

interface ParsedOptions {
  readonly targets: readonly NamedTarget[]
  readonly timeoutMillis: number
  readonly isMalformed: boolean
}

interface NamedTarget {
  readonly name: string
  readonly target: Flushable
}

/** Reports malformed options, and keeps the valid ones, so that all valid targets are flushed. */
function parseOptions(options: unknown): ParsedOptions {
  let isMalformed = false
  const report = ({ message }: TypeError, name = ''): void => {
    isMalformed = true
    reporter.warn(`flush ${message}`, () => `flush${name} failed: ${message}`)
  }
  const isReadable = isRecord(options)
  if (!isReadable) report(invalidOption('options', 'an object', options))
  const { targets = [], timeoutMillis, ...others } = isReadable ? options : {}
  for (const name of Object.keys(others)) {
    report(invalidOption(`options.${name.slice(0, 80)}`, 'one of targets, timeoutMillis'))
  }
  if (!Array.isArray(targets)) report(invalidOption('targets', 'an array', targets))
  const named: NamedTarget[] = []
  // `forEach` skips the holes of an array.
  Array.from(Array.isArray(targets) ? targets : []).forEach((target: unknown, index) => {
    const name = `targets[${index}]`
    if (isFlushable(target)) named.push({ name, target })
    else
      report(invalidOption(name, 'an object with `forceFlush` or `flush`', target), ` of ${name}`)
  })
  const timeout: unknown = timeoutMillis ?? DEFAULT_TIMEOUT_MILLIS
  const isValid = typeof timeout === 'number' && timeout > 0 && timeoutMillis !== null
  if (!isValid) report(invalidOption('timeoutMillis', 'a number above 0', timeoutMillis))
  return {
    targets: named,
    timeoutMillis: isValid ? timeout : DEFAULT_TIMEOUT_MILLIS,
    isMalformed,
  }
}

function startAll(
  targets: readonly NamedTarget[],
  timeoutExpired: Promise<never>,
): Promise<boolean>[] {
  const finish = (name: string, run: () => unknown): Promise<boolean> =>
    hasSucceeded(name, Promise.race([start(run), timeoutExpired]))

  const providers = globalProviders().map(([name, provider]) =>
    finish(name, () => provider.forceFlush()),
  )
  const providersDone = Promise.all(providers)
  const others = targets.map(({ name, target }) =>
    finish(name, async () => {
      if (!hasForceFlush(target)) return target.flush()
      // A processor or reader of a provider may still hand spans or metrics to this exporter.
      await providersDone
      return target.forceFlush()
    }),
  )
  const all = [...providers, ...others]
  if (all.length === 0) {
    reporter.warn('flush', () => 'flush() found no global TracerProvider or MeterProvider')
  }
  return all
}

interface ForceFlushable {
  forceFlush(): unknown
}

function hasForceFlush(target: unknown): target is ForceFlushable {
  return hasMethod(target, 'forceFlush')
}

function isFlushable(target: unknown): target is Flushable {
  return hasForceFlush(target) || hasMethod(target, 'flush')
}

/** The global providers of an SDK; the no-op providers of the API buffer nothing. */
function globalProviders(): (readonly [name: string, provider: ForceFlushable])[] {
  const tracing: { getDelegate?(): object } & object = trace.getTracerProvider()
  const providers = [
    ['the TracerProvider', tracing.getDelegate?.() ?? tracing],
    ['the MeterProvider', metrics.getMeterProvider()],
  ] as const
  return providers.flatMap(([name, provider]) =>
    hasForceFlush(provider) ? [[name, provider] as const] : [],
  )
}

/** Turns a synchronous throw into a rejection. */
async function start(run: () => unknown): Promise<unknown> {
  return run()
}

async function hasSucceeded(name: string, flushing: Promise<unknown>): Promise<boolean> {
  try {
    if ((await flushing) !== false) return true
    reporter.warn(
      `flush ${name}`,
      () => `flush of ${name} returned false: it is not complete; reported once`,
    )
  } catch (error) {
    reporter.failed(`flush of ${name}`, error)
  }
  return false
}

function startTimeout(milliseconds: number): { readonly expired: Promise<never>; stop(): void } {
  const timeoutMillis = Math.min(milliseconds, MAXIMUM_TIMEOUT_MILLIS)
  let timer: ReturnType<typeof setTimeout> | undefined
  const expired = new Promise<never>((_resolve, reject) => {
    const error = new Error(`it was not done within ${timeoutMillis} ms`)
    timer = setTimeout(() => reject(Object.assign(error, { code: 'ETIMEDOUT' })), timeoutMillis)
  })
  // Without targets no code awaits this promise, and its rejection must not end the process.
  expired.catch(() => {})
  return { expired, stop: () => clearTimeout(timer) }
}
