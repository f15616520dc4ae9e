import {
  context,
  propagation,
  ROOT_CONTEXT,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api'
import { ALLOW_ALL_BAGGAGE_KEYS, BaggageSpanProcessor } from '@opentelemetry/baggage-span-processor'
import {
  BasicTracerProvider,
  SimpleSpanProcessor,
  type IdGenerator,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import type { Charge, CostSpanProcessorOptions } from 'costspan'
import { CopyingExporter, type ExportedSpan } from '../../test/support/pipeline.ts'
import type { Package } from './names.ts'
import type { SharedOptions } from './option-sets.ts'
import { stepsOf, type Plan, type PlannedSpan } from './plan.ts'
import { Random } from './random.ts'

/** How the processor is registered. */
export const hosts = [
  'costspan first',
  'costspan last',
  'without onEnding',
  'baggage copied before',
  'baggage copied after',
  'baggage copied twice',
  'limits of attributes',
  'exporter behind the processor',
  'twice',
] as const
export type Host = (typeof hosts)[number]

/** Ids from a seed, so that both packages get the same. */
export class SeededIds implements IdGenerator {
  random = new Random(1)

  generateTraceId(): string {
    return this.random.hex(32)
  }

  generateSpanId(): string {
    return this.random.hex(16)
  }
}

/** What is left of a span: what was added, changed and taken off. */
export interface SpanResult {
  readonly set: Record<string, unknown>
  readonly removed: Record<string, true>
  /** Whether it came with a `cost.attribution` of others. */
  readonly hasForeignAttribution: true | undefined
  readonly events: readonly unknown[] | undefined
  readonly status: unknown
}

export interface RunResult {
  readonly spans: readonly (SpanResult | undefined)[]
  readonly charges: ChargesBySpan
  readonly exported: readonly (SpanResult | undefined)[]
  readonly charged: readonly unknown[]
  readonly errors: readonly string[]
}

/** In which order calls are charged is not promised, where several end at once. */
export type ChargesBySpan = Readonly<Record<string, readonly Charge[]>>

/** Processor, exporter and charger of one package with one set of options, which live for several inputs. */
export class World {
  readonly #package: Package
  /** The copy of the package that the application calls, which may be another than that of the processor. */
  readonly #application: Package
  readonly #host: Host
  readonly #ids = new SeededIds()
  readonly #out = new CopyingExporter()
  readonly #exporterOut = new CopyingExporter()
  readonly #finished: ReadableSpan[] = []
  readonly #processed: BasicTracerProvider
  readonly #plain: BasicTracerProvider
  readonly #exporter: { export(spans: ReadableSpan[], done: () => void): void }
  readonly #charge: (span: ReadableSpan, attribution?: { userId: string }) => unknown
  /** Spans that never end are kept, so that no garbage collection decides when their calls are settled. */
  readonly #kept: unknown[] = []
  #charges: Charge[] = []
  #warnings = 0
  #errors: string[] = []

  constructor(from: Package, options: SharedOptions, host: Host, application = from) {
    this.#package = from
    this.#application = application
    this.#host = host
    const warnings = (): void => void this.#warnings++
    const { CostSpanExporter } = from.exporter
    const settings = { ...options, warnings }
    const out =
      host === 'exporter behind the processor'
        ? new application.exporter.CostSpanExporter<ReadableSpan, { code: 0 }>(this.#out, settings)
        : this.#out
    this.#processed = new BasicTracerProvider({
      idGenerator: this.#ids,
      spanProcessors: this.#processors(settings, new SimpleSpanProcessor(out)),
      ...(host === 'limits of attributes' && {
        spanLimits: { attributeCountLimit: 20, attributeValueLengthLimit: 32 },
      }),
    })
    this.#plain = new BasicTracerProvider({
      idGenerator: this.#ids,
      spanProcessors: [keeping(this.#finished)],
    })
    this.#exporter = new CostSpanExporter<ReadableSpan, { code: 0 }>(this.#exporterOut, settings)
    this.#charge = from.core.createCharger({ prices: options.prices })
  }

  #processors(settings: CostSpanProcessorOptions, exporting: SpanProcessor): SpanProcessor[] {
    const onCharge = (charge: Charge): void => void this.#charges.push(charge)
    const costs = new this.#package.core.CostSpanProcessor({ ...settings, onCharge })
    const copying = new BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS)
    switch (this.#host) {
      case 'costspan last':
        return [exporting, costs]
      case 'without onEnding':
        return [withoutOnEnding(costs), exporting]
      case 'baggage copied before':
        return [copying, costs, exporting]
      case 'baggage copied after':
        return [costs, copying, exporting]
      case 'baggage copied twice':
        return [copying, costs, copying, exporting]
      case 'twice':
        return [costs, exporting, costs]
      default:
        return [costs, exporting]
    }
  }

  /** Feeds one input to all. */
  async run(plan: Plan): Promise<RunResult> {
    this.#out.spans.length = 0
    this.#exporterOut.spans.length = 0
    this.#finished.length = 0
    this.#charges = []
    this.#errors = []
    const seed = hashOf(plan.id)
    const ids = await this.#replay(plan, this.#processed, seed)
    const plainIds = await this.#replay(plan, this.#plain, seed)
    this.#exportAll(plan)
    return {
      spans: resultsOf(plan, ids, this.#out.spans),
      charges: bySpan(this.#charges),
      exported: resultsOf(plan, plainIds, this.#exporterOut.spans),
      charged: this.#finished.map((span) => [
        this.#guarded(() => this.#charge(span)),
        this.#guarded(() => this.#charge(span, { userId: 'user-of-charger' })),
      ]),
      errors: this.#errors,
    }
  }

  /** Settles what never ended; what was warned of is counted, for its text may change. */
  async close(): Promise<{ charges: ChargesBySpan; warnings: number }> {
    this.#charges = []
    await this.#processed.shutdown()
    await this.#plain.shutdown()
    this.#kept.length = 0
    return { charges: bySpan(this.#charges), warnings: this.#warnings }
  }

  async #replay(plan: Plan, provider: BasicTracerProvider, seed: number): Promise<string[]> {
    this.#ids.random = new Random(seed)
    const around = this.#attributed(
      plan.attributed,
      propagation.extract(ROOT_CONTEXT, plan.headers),
      'attributed' in plan,
    )
    const contexts: Context[] = []
    for (const { kind, index, at } of stepsOf(plan)) {
      const planned = plan.spans[index] as PlannedSpan
      if (kind === 'start') {
        const above = planned.parent === undefined ? around : (contexts[planned.parent] ?? around)
        contexts[index] = this.#start(provider, planned, above, plan.at + at)
      } else {
        // Answers come in a later turn, as a rule.
        if (index % 3 !== 0) await Promise.resolve()
        end(trace.getSpan(contexts[index] as Context), planned, plan.at + at)
      }
    }
    this.#kept.push(contexts)
    return contexts.map((from) => trace.getSpanContext(from)?.spanId ?? '')
  }

  #start(
    provider: BasicTracerProvider,
    { scope, name, kind, start, attributed, attributedLater, ...planned }: PlannedSpan,
    above: Context,
    startTime: number,
  ): Context {
    const inside = this.#attributed(
      attributed,
      above,
      'attributed' in planned || attributed !== undefined,
    )
    const options = { kind, attributes: start as Attributes, startTime }
    const span = provider.getTracer(scope).startSpan(name, options, inside)
    const opened = trace.setSpan(inside, span)
    if (attributedLater !== undefined) {
      context.with(opened, () =>
        this.#guarded(() => this.#application.core.setAttribution(attributedLater as never)),
      )
    }
    return opened
  }

  #attributed(attribution: unknown, from: Context, isStated: boolean): Context {
    if (!isStated) return from
    const { withAttribution } = this.#application.core
    const opened = this.#guarded(() =>
      context.with(from, () => withAttribution(attribution as never, () => context.active())),
    )
    return opened ?? from
  }

  #exportAll({ exportOrder, batchSize, id }: Plan): void {
    const { length } = this.#finished
    const order =
      exportOrder === 'shuffled'
        ? new Random(hashOf(id)).shuffled(this.#finished)
        : exportOrder === 'started'
          ? this.#finished.toSorted((one, other) => millisecondsOf(one) - millisecondsOf(other))
          : this.#finished
    for (let index = 0; index < length; index += batchSize) {
      this.#guarded(() => this.#exporter.export(order.slice(index, index + batchSize), () => {}))
    }
  }

  /** An error is part of the result; its text may change. */
  #guarded<Value>(run: () => Value): Value | undefined {
    try {
      return run()
    } catch (error) {
      this.#errors.push((error as Error).name)
      return undefined
    }
  }
}

function bySpan(charges: readonly Charge[]): ChargesBySpan {
  const found: Record<string, Charge[]> = {}
  for (const charge of charges) (found[charge.spanId] ??= []).push(charge)
  return found
}

function end(span: Span | undefined, planned: PlannedSpan, at: number): void {
  if (span === undefined) return
  span.setAttributes(planned.end as Attributes)
  for (const event of planned.events) span.addEvent(event.name, event.attributes as Attributes, at)
  if (planned.status.code !== 0) span.setStatus(planned.status)
  span.end(at)
}

function millisecondsOf({ startTime }: ReadableSpan): number {
  return startTime[0] * 1e3 + startTime[1] / 1e6
}

export function hashOf(text: string): number {
  let hash = 7
  for (let index = 0; index < text.length; index++) {
    hash = (Math.imul(hash, 31) + text.charCodeAt(index)) >>> 0
  }
  return hash
}

function resultsOf(
  { spans }: Plan,
  ids: readonly string[],
  exported: readonly ExportedSpan[],
): (SpanResult | undefined)[] {
  const byId = new Map(exported.map((span) => [span.spanId, span]))
  return spans.map((planned, index) => {
    const found = byId.get(ids[index] ?? '')
    return found === undefined ? undefined : resultOf(planned, found)
  })
}

function resultOf(planned: PlannedSpan, { attributes, events, status }: ExportedSpan): SpanResult {
  const given: Record<string, unknown> = { ...planned.start, ...planned.end }
  const set: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(attributes)) {
    if (!isSame(given[name], value)) set[name] = value
  }
  return {
    set,
    removed: Object.fromEntries(
      Object.keys(given)
        .filter((name) => attributes[name] === undefined)
        .map((name) => [name, true as const]),
    ),
    hasForeignAttribution: 'cost.attribution' in given ? true : undefined,
    events: events.length === 0 ? undefined : events,
    status: status.code === planned.status.code ? undefined : status,
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return (
    Object.is(one, other) ||
    (typeof one === 'object' && JSON.stringify(one) === JSON.stringify(other))
  )
}

function keeping(finished: ReadableSpan[]): SpanProcessor {
  return {
    onStart: () => {},
    onEnd: (span) => void finished.push(span),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
}

/** As in `@vercel/otel` and SDK 1, which do not know the hook. */
function withoutOnEnding(costs: SpanProcessor): SpanProcessor {
  return {
    onStart: (span, from) => costs.onStart(span, from),
    onEnd: (span) => costs.onEnd(span),
    forceFlush: () => costs.forceFlush(),
    shutdown: () => costs.shutdown(),
  }
}
