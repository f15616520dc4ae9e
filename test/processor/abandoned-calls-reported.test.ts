import { ROOT_CONTEXT, trace, type Attributes, type Span } from '@opentelemetry/api'
import { BasicTracerProvider, type SpanLimits } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type Charge } from 'costspan'
import { describe, expect, test } from 'vitest'
import { end, genAiLeaf, leaf, prices, root, usage } from '../support/sdk-2.ts'

/** Several processors on one provider that share a callback, as a set-up that runs twice makes them. */
function start(processors: number, spanLimits: SpanLimits = {}) {
  const charges: Charge[] = []
  const onCharge = (charge: Charge): void => void charges.push(charge)
  const provider = new BasicTracerProvider({
    spanProcessors: Array.from(
      { length: processors },
      () => new CostSpanProcessor({ prices, onCharge, warnings: () => {} }),
    ),
    spanLimits,
  })
  const open = (attributes: Attributes, above?: Span): Span => {
    const from = above === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, above)
    return provider.getTracer('ai').startSpan('span', { attributes }, from)
  }
  return { charges, provider, open }
}

const outcomesOf = (charges: readonly Charge[]) => charges.map(({ usd, status }) => usd ?? status)

describe.each([1, 2, 3])('%i processors that share onCharge', (processors) => {
  test.each([
    ['the AI SDK', leaf],
    ['GenAI', genAiLeaf],
  ])('report a call of %s once that is abandoned at the shutdown', async (_, attributes) => {
    const { charges, provider, open } = start(processors)
    const above = open(root)
    open(attributes, above)
    above.end()
    await provider.shutdown()
    expect(outcomesOf(charges)).toEqual(['unknown_usage'])
  })

  test('report each of several calls', async () => {
    const { charges, provider, open } = start(processors)
    const above = open(root)
    for (let call = 0; call < 3; call++) open(leaf, above)
    above.end()
    await provider.shutdown()
    expect(new Set(charges.map(({ spanId }) => spanId)).size).toBe(3)
    expect(outcomesOf(charges)).toEqual(['unknown_usage', 'unknown_usage', 'unknown_usage'])
  })

  test('report it once more where it ends with a cost after all', async () => {
    const { charges, provider, open } = start(processors)
    const above = open(root)
    const call = open(leaf, above)
    above.end()
    await provider.shutdown()
    end(call, { ...usage, 'ai.response.finishReason': 'stop' })
    expect(outcomesOf(charges)).toEqual(['unknown_usage', 1])
  })
})

describe('an abandoned call is in doubt where the SDK dropped or cut its attributes', () => {
  async function givenUp(
    spanLimits: SpanLimits,
    attributes: Attributes,
  ): Promise<Charge | undefined> {
    const { charges, provider, open } = start(1, spanLimits)
    const above = open(root)
    open(leaf, above).setAttributes(attributes)
    above.end()
    await provider.shutdown()
    return charges[0]
  }
  const finished = { ...usage, 'ai.response.finishReason': 'stop' }

  test.each<[string, SpanLimits, Attributes, string, string | undefined]>([
    ['nothing', {}, finished, 'priced', undefined],
    [
      'attributes are dropped',
      { attributeCountLimit: 6 },
      { ...finished, extra: 1 },
      'estimated',
      'attributes_dropped',
    ],
    [
      'many are dropped',
      { attributeCountLimit: 6 },
      { ...finished, one: 1, two: 2, three: 3 },
      'estimated',
      'attributes_dropped',
    ],
    [
      'metadata is cut',
      { attributeValueLengthLimit: 40 },
      { ...finished, 'ai.response.providerMetadata': `{"openai":{"x":"${'y'.repeat(100)}"}}` },
      'estimated',
      'provider_metadata_unreadable,value_cut',
    ],
    [
      'a tier is cut',
      { attributeValueLengthLimit: 30 },
      { ...finished, 'cost.service_tier': 'z'.repeat(80) },
      'estimated',
      'value_cut',
    ],
  ])('%s', async (_, limits, attributes, status, reason) => {
    expect(await givenUp(limits, attributes)).toMatchObject({ status, ...(reason && { reason }) })
  })
})
