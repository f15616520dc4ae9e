import { context, propagation, ROOT_CONTEXT, trace, type Attributes } from '@opentelemetry/api'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { Charge } from 'costspan'
import { CopyingExporter } from '../../test/support/pipeline.ts'
import type { Package } from './names.ts'
import { randomAttribution, randomHeaders } from './odd-values.ts'
import { Random, seedOf } from './random.ts'
import { outcomeOf, type Suite } from './suite.ts'
import { groups, request, vocabularies, type Vocabulary } from './vocabularies.ts'
import { SeededIds } from './world.ts'

const AT = Date.parse('2026-11-15T12:00:00Z')
const openAi = vocabularies['otel-openai'] as Vocabulary

/** Calls of `recordCall`, right and wrong, alone and inside spans, with `withAttribution` and headers around. */
export const manual: Suite = async (from, { seed, count }, write) => {
  const charges: Charge[] = []
  const out = new CopyingExporter()
  const ids = new SeededIds()
  const costs = new from.core.CostSpanProcessor({
    onCharge: (charge) => charges.push(charge),
    warnings: () => {},
  })
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({
      idGenerator: ids,
      spanProcessors: [costs, new SimpleSpanProcessor(out)],
    }),
  )
  for (let index = 0; index < count / 20; index++) {
    const random = new Random(seedOf(seed + 7, index))
    ids.random = random
    const errors = recordOne(from, random)
    await write(`recorded ${index}`, {
      errors,
      charges,
      spans: out.spans.map(({ name, attributes, status }) => ({ name, attributes, status })),
    })
    charges.length = 0
    out.spans.length = 0
  }
  trace.disable()
}

function recordOne(from: Package, random: Random): unknown {
  const around = propagation.extract(ROOT_CONTEXT, random.once(3) ? randomHeaders(random) : {})
  const asked = request(random)
  const written = random.once(2) ? openAi(asked, random) : random.pick(groups)
  const above = trace
    .getTracer(written.scope)
    .startSpan(written.name, { attributes: written.start as Attributes, startTime: AT - 5 }, around)
  const inside = random.once(3) ? around : trace.setSpan(around, above)
  const attribution = randomAttribution(random)
  const options = randomOptions(random, asked)
  const outcomes = context.with(inside, () => [
    outcomeOf(() =>
      from.core.withAttribution(attribution as never, () =>
        from.record.recordCall(options as never),
      ),
    ),
    outcomeOf(() => from.record.recordCall(options as never)),
  ])
  above.setAttributes(written.end as Attributes).end(AT + 50)
  return outcomes
}

function randomOptions(
  random: Random,
  { provider, model, used, tier }: ReturnType<typeof request>,
): object {
  return {
    provider: random.once(20) ? random.pick<unknown>(['', 7, undefined]) : provider.genAi,
    model: random.once(20) ? random.pick<unknown>(['', 7, undefined]) : model,
    ...(random.once(3) && { responseModel: random.pick<unknown>([model, 'gpt-4o', '', null]) }),
    ...(random.once(3) && {
      operation: random.pick(['chat', 'embeddings', 'rerank', 'speech', 'transcription', 'odd']),
    }),
    ...(!random.once(5) && { usage: randomUsage(random, used, tier) }),
    startTime: random.once(20) ? random.pick<unknown>(['x', 7, new Date(AT)]) : AT,
    endTime: random.once(20) ? random.pick<unknown>([AT - 1, Number.NaN]) : AT + random.below(9000),
    ...(random.once(3) && { attribution: randomAttribution(random) }),
    ...(random.once(6) && {
      error: random.pick<unknown>([
        true,
        new TypeError('x'),
        Object.assign(new Error('x'), { status: 429 }),
        'x',
        null,
      ]),
    }),
    ...(random.once(30) && { odd: 1 }),
  }
}

function randomUsage(random: Random, used: object, tier: string | undefined): object {
  const { input, cacheRead, cacheWrite, output, reasoning } = used as Record<string, number>
  return {
    input,
    output,
    ...(random.once(2) && { cacheRead, cacheWrite5m: cacheWrite }),
    ...(random.once(4) && { reasoning }),
    ...(random.once(9) && { characters: 100, seconds: 7.5, searches: 2 }),
    ...(random.once(9) && { audioInput: random.pick<unknown>([7, 0.5, -1, 'x']) }),
    ...(random.once(4) && { serviceTier: tier ?? random.pick<unknown>(['flex', '', 7]) }),
    ...(random.once(6) && { region: random.pick(['us', 'eu', '']) }),
    ...(random.once(6) && { unseen: random.pick<unknown>([0, 1, 64, -1, 2 ** 40]) }),
    ...(random.once(6) && {
      billed: random.pick<unknown>([
        { usd: 0.01 },
        { usd: 0 },
        { usd: 0.01, ownKey: true, upstreamUsd: 0.2 },
        { usd: -1 },
        { euros: 1 },
        7,
      ]),
    }),
  }
}
