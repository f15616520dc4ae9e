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

/** How long until it is looked again whether there is a provider: at first, and at most. */
const FIRST_WAIT = 1000
const LONGEST_WAIT = 60_000

/** Counters that are looked after by the timer; those beyond hand their sums over when they next count. */
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
 * A counter that may be used before a `MeterProvider` is registered. OpenTelemetry's API has no proxy for meters: what
 * is counted before is gone. This one keeps a sum for each object of labels and hands it over to the provider as soon
 * as there is one, so callers bound the number of these objects.
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
      lookAfter(this)
      return
    }
    try {
      if (this.#held.size > 0) this.#handOver(counter)
    } finally {
      addTo(counter, value, labels)
    }
  }

  /** Hands over what is held if there is another provider now; tells whether nothing is held any more. */
  flush(): boolean {
    if (this.#held.size === 0) return true
    if (this.#counter === undefined && this.#provider === metrics.getMeterProvider()) return false
    const counter = this.#counterNow()
    if (counter === undefined) return false
    this.#handOver(counter)
    return true
  }

  /** @throws the first error, after all labels: a label that the counter refuses takes no other with it. */
  #handOver(counter: Counter | UpDownCounter): void {
    const sums = [...this.#held]
    // First: a counter that throws may have counted.
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

  #counterNow(): Counter | UpDownCounter | undefined {
    const provider = this.#options.meterProvider ?? metrics.getMeterProvider()
    if (this.#counter === undefined || this.#provider !== provider) {
      this.#provider = provider
      this.#counter = this.#createCounter()
    }
    return this.#counter
  }

  /** `undefined` where nothing counts. */
  #createCounter(): Counter | UpDownCounter | undefined {
    const named = this.#options.meterProvider
    const meter = (named ?? metrics).getMeter('costspan') as Meter | undefined
    if (meter === undefined || meter === null) return undefined
    // A provider may be anybody's code; the error that follows reports it.
    catchRejection(meter)
    // What the caller names is used as it is.
    if (named === undefined && meter === createNoopMeter()) return undefined
    const { name, goesDown, meterProvider: _, ...described } = this.#options
    return goesDown === true
      ? meter.createUpDownCounter(name, described)
      : meter.createCounter(name, described)
  }
}

/** Also to a counter that is asynchronous, whose rejection would end the process. */
function addTo(counter: Counter | UpDownCounter, value: number, labels: Attributes): void {
  const added: unknown = counter.add(value, labels)
  if (added !== undefined) catchRejection(added)
}

const waiting = new Set<LateCounter>()
let isLooking = false

/** An application that makes no further call after it registered its provider has the calls before it all the same. */
function lookAfter(counter: LateCounter): void {
  if (waiting.size < MOST_WAITING) waiting.add(counter)
  if (isLooking) return
  isLooking = true
  lookIn(FIRST_WAIT)
}

function lookIn(milliseconds: number): void {
  try {
    const timer = setTimeout(() => look(milliseconds), milliseconds)
    // It keeps no process alive.
    if (typeof timer === 'object') timer.unref?.()
  } catch {
    // Some runtimes have timers only while they serve a request.
    isLooking = false
  }
}

function look(waited: number): void {
  for (const counter of waiting) {
    try {
      if (counter.flush()) waiting.delete(counter)
    } catch {
      // A provider that fails is tried again.
    }
  }
  if (waiting.size === 0) isLooking = false
  else lookIn(Math.min(2 * waited, LONGEST_WAIT))
}
