import {
  createNoopMeter,
  metrics,
  type Attributes,
  type Counter,
  type Meter,
  type MeterProvider,
  type MetricOptions,
  type UpDownCounter,
} from '@opentelemetry/api'
import { catchRejection } from '../thenable.ts'

/** Milliseconds until a provider is looked for again: at first, and at most. */
const FIRST_WAIT = 1000
const LONGEST_WAIT = 60_000

/** Counters for which the timer looks; further ones hand their sums over when they next count. */
const MOST_WAITING = 100

const noLabels: Attributes = {}

export interface LateCounterOptions extends MetricOptions {
  readonly name: string
  /** Whether it may go down. */
  readonly goesDown?: boolean
  /** @defaultValue the global one, also if it is registered later */
  readonly meterProvider?: MeterProvider | undefined
}

/**
 * A counter that may be used before a `MeterProvider` is registered. OpenTelemetry's API has no proxy for meters, so
 * what is counted before is lost. This counter keeps a sum for each object of labels and hands it over as soon as there
 * is a provider, so callers bound the number of these objects.
 */
export class LateCounter {
  readonly #options: LateCounterOptions
  readonly #held = new Map<Attributes, number>()
  #provider: MeterProvider | undefined
  #counter: Counter | UpDownCounter | undefined

  constructor(options: LateCounterOptions) {
    this.#options = options
  }

  /** Labels that are the same are the same object. */
  add(value: number, labels: Attributes = noLabels): void {
    const counter = this.#counterNow()
    if (counter === undefined) {
      this.#held.set(labels, (this.#held.get(labels) ?? 0) + value)
      lookLater(this)
      return
    }
    try {
      if (this.#held.size > 0) this.#handOver(counter)
    } finally {
      addTo(counter, value, labels)
    }
  }

  /** Hands over the held sums if there is a provider now. Returns whether none is held any more. */
  flush(): boolean {
    const counter = this.#counterNow()
    if (counter !== undefined) this.#handOver(counter)
    return this.#held.size === 0
  }

  /** @throws the first error, after all labels: a label that the counter refuses takes no other with it. */
  #handOver(counter: Counter | UpDownCounter): void {
    const sums = [...this.#held]
    // First, because a counter that throws may have counted.
    this.#held.clear()
    const errors: unknown[] = []
    for (const [labels, sum] of sums) {
      try {
        addTo(counter, sum, labels)
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors[0]
  }

  /** `undefined` while nothing would count. */
  #counterNow(): Counter | UpDownCounter | undefined {
    const own = this.#options.meterProvider
    const provider = own ?? metrics.getMeterProvider()
    if (this.#counter === undefined || this.#provider !== provider) {
      this.#provider = provider
      this.#counter = this.#createCounter(own)
    }
    return this.#counter
  }

  #createCounter(own: MeterProvider | undefined): Counter | UpDownCounter | undefined {
    const meter = (own ?? metrics).getMeter('costspan') as Meter | undefined
    // A provider may be any code; the error that follows reports a promise.
    catchRejection(meter)
    // A provider that the application names is used as it is.
    if (!meter || (own === undefined && meter === createNoopMeter())) return undefined
    const { name, goesDown, meterProvider: _, ...described } = this.#options
    return meter[goesDown === true ? 'createUpDownCounter' : 'createCounter'](name, described)
  }
}

/** The rejection of an asynchronous counter would end the process. */
function addTo(counter: Counter | UpDownCounter, value: number, labels: Attributes): void {
  const added: unknown = counter.add(value, labels)
  if (added !== undefined) catchRejection(added)
}

const waiting = new Set<LateCounter>()
let isLooking = false

/** So that the calls before a provider is registered are counted though no further call follows. */
function lookLater(counter: LateCounter): void {
  if (waiting.size < MOST_WAITING) waiting.add(counter)
  if (!isLooking) lookIn(FIRST_WAIT)
}

function lookIn(milliseconds: number): void {
  try {
    // It keeps no process alive. In a browser it is a number.
    ;(setTimeout(() => look(milliseconds), milliseconds) as { unref?(): void }).unref?.()
    isLooking = true
  } catch {
    // Some runtimes have timers only while they serve a request.
    isLooking = false
  }
}

function look(waited: number): void {
  isLooking = false
  for (const counter of waiting) {
    try {
      if (counter.flush()) waiting.delete(counter)
    } catch {
      // A provider that fails is tried again.
    }
  }
  if (waiting.size > 0) lookIn(Math.min(2 * waited, LONGEST_WAIT))
}
