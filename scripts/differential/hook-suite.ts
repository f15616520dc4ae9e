import { context, ROOT_CONTEXT, trace, type Context, type Span } from '@opentelemetry/api'
import type { Charge } from 'costspan'
import type { Package } from './names.ts'
import { optionSets, type SharedOptions } from './option-sets.ts'
import { stepsOf, type Plan, type PlannedSpan } from './plan.ts'
import { Random, seedOf } from './random.ts'
import { randomPlan } from './random-plans.ts'
import { outcomeOf, type Suite } from './suite.ts'

const hostilities = ['frozen', 'throwing', 'bare', 'broken status', 'no events', 'no time'] as const
type Hostility = (typeof hostilities)[number]

const strange: readonly unknown[] = [
  null,
  () => 1,
  9n,
  Symbol.iterator,
  { nested: { deep: 1 } },
  [1, 'a', null],
  Number.NaN,
]

/** Spans that no SDK would make, handed to the hooks: values of any type, getters that throw, missing fields. */
export const hooks: Suite = async (from, { seed, count }, write) => {
  const sets = Object.entries(optionSets(from))
  for (let index = 0; index < count / 100; index++) {
    const random = new Random(seedOf(seed + 8, index))
    const [name, options] = random.pick(sets)
    await write(`hooks ${index} | ${name}`, await runHooks(from, options, index, random, seed))
  }
}

async function runHooks(
  from: Package,
  options: SharedOptions,
  index: number,
  random: Random,
  seed: number,
): Promise<unknown> {
  const charges: Charge[] = []
  let warnings = 0
  const onCharge = (charge: Charge): void => void charges.push(charge)
  const costs = new from.core.CostSpanProcessor({
    ...options,
    onCharge,
    warnings: () => void warnings++,
  })
  const charge = from.core.createCharger({ prices: options.prices })
  const plan: Plan = randomPlan(seed + 9, index)
  const contexts: Context[] = []
  const spans: Record<string, unknown>[] = []
  const charged: unknown[] = []
  const thrown: unknown[] = []
  const hook = (run: () => void): void => {
    const outcome = outcomeOf(run) as { threw?: unknown }
    if (outcome.threw !== undefined) thrown.push(outcome.threw)
  }
  for (const step of stepsOf(plan)) {
    const planned = plan.spans[step.index] as PlannedSpan
    if (step.kind === 'start') {
      const above = contexts[planned.parent ?? -1] ?? ROOT_CONTEXT
      const inside =
        planned.attributed === undefined ? above : attributedIn(from, planned.attributed, above)
      const span = strangeSpan(planned, step.index, trace.getSpanContext(above)?.spanId, random)
      spans[step.index] = span
      hook(() => costs.onStart(span as never, inside))
      contexts[step.index] = trace.setSpan(inside, span as unknown as Span)
    } else {
      const span = spans[step.index] as { attributes?: object }
      hook(() => Object.assign(span.attributes ?? {}, planned.end))
      charged.push(outcomeOf(() => charge(span as never)))
      hook(() => costs.onEnding(span as never))
      hook(() => costs.onEnd(span as never))
    }
  }
  await costs.shutdown()
  return { charges, warnings, charged, thrown, attributes: spans.map(readable) }
}

function attributedIn(from: Package, attribution: unknown, above: Context): Context {
  const outcome = outcomeOf(() =>
    context.with(above, () =>
      from.core.withAttribution(attribution as never, () => context.active()),
    ),
  ) as { returned?: Context }
  return outcome.returned ?? above
}

function readable({ attributes }: Record<string, unknown>): unknown {
  return Object.fromEntries(
    Object.keys(attributes ?? {}).map((name) => [
      name,
      outcomeOf(() => (attributes as Record<string, unknown>)[name]),
    ]),
  )
}

function strangeSpan(
  planned: PlannedSpan,
  index: number,
  parentSpanId: string | undefined,
  random: Random,
): Record<string, unknown> {
  const attributes: Record<string, unknown> = { ...planned.start }
  if (random.once(4)) {
    const names = Object.keys({ ...planned.start, ...planned.end, 'user.id': 1 })
    attributes[random.pick(names)] = random.pick(strange)
  }
  const seconds = Date.parse('2026-11-15T00:00:00Z') / 1e3
  const span: Record<string, unknown> = {
    name: planned.name,
    startTime: [seconds, planned.startsAt * 1e6],
    endTime: [seconds, (planned.endsAt ?? 0) * 1e6],
    status: planned.status,
    attributes,
    events: planned.events,
    instrumentationScope: { name: planned.scope },
    parentSpanContext: parentSpanId === undefined ? undefined : { spanId: parentSpanId },
    spanContext: () => ({ traceId: '1'.repeat(32), spanId: String(index).padStart(16, '0') }),
  }
  return random.once(8) ? broken(span, random.pick(hostilities)) : span
}

function fail(): never {
  throw new Error('a getter that throws')
}

function broken(span: Record<string, unknown>, hostility: Hostility): Record<string, unknown> {
  switch (hostility) {
    case 'frozen':
      Object.freeze(span['attributes'])
      return span
    case 'throwing':
      return {
        ...span,
        attributes: Object.defineProperty({ ...(span['attributes'] as object) }, 'user.id', {
          get: fail,
          enumerable: true,
        }),
      }
    case 'bare':
      return { ...span, attributes: undefined }
    case 'broken status':
      return Object.defineProperty(span, 'status', { get: fail })
    case 'no events':
      return { ...span, status: { code: 2 }, events: null }
    default:
      return { ...span, startTime: undefined }
  }
}
