import { createCharger } from 'costspan'
import { describe, expect, test } from 'vitest'
import { aiSdkCall, plainSpan } from '../support/plain-span.ts'
import { end, genAiLeaf, genAiUsage, leaf, Recording, usage } from '../support/sdk-2.ts'

const many = Object.fromEntries(
  Array.from({ length: 114 }, (_, index) => [`ai.telemetry.metadata.key${index}`, index]),
)

describe('a call whose span dropped attributes', () => {
  test.each([14, 7, 5])('is not priced: a limit of %i', (attributeCountLimit) => {
    const spans = new Recording({ limits: { attributeCountLimit } })
    end(spans.start('call', leaf), { ...usage, ...many })
    expect(spans.charges).toHaveLength(1)
    const [charge] = spans.charges
    expect(charge?.status).not.toBe('priced')
    expect(charge?.reason).toContain('attributes_dropped')
  })

  test('is marked as dropped where no usage is left, as after 128 metadata keys', () => {
    const spans = new Recording({ limits: { attributeCountLimit: 128 } })
    const keys = {
      ...many,
      ...Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`x${at}`, at])),
    }
    end(spans.start('call', { ...leaf, ...keys }), usage)
    expect(spans.charges).toMatchObject([
      { status: 'unknown_usage', reason: 'usage_not_reported,attributes_dropped' },
    ])
  })

  test('is priced where none was dropped', () => {
    const spans = new Recording({ limits: { attributeCountLimit: 128 } })
    end(spans.start('call', leaf), usage)
    expect(spans.charges).toMatchObject([{ status: 'priced', usd: 1 }])
  })

  test('is doubtful in a stored copy, too', () => {
    const call = aiSdkCall('openai.chat', 'gpt-4o', usage)
    const stored = plainSpan(call, { droppedAttributesCount: 2 } as object)
    expect(createCharger()(stored)).toMatchObject({
      status: 'estimated',
      reason: 'attributes_dropped',
    })
    expect(createCharger()(plainSpan(call))).toMatchObject({ status: 'priced' })
  })
})

test('one warning for each limit names the limit to raise', () => {
  const printed: string[] = []
  const warnings = (message: string): void => void printed.push(message)
  for (const limits of [{ attributeCountLimit: 7 }, { attributeValueLengthLimit: 6 }]) {
    const spans = new Recording({ limits, options: { warnings } })
    for (let call = 0; call < 3; call++) end(spans.start('call', leaf), { ...usage, ...many })
  }
  expect(printed.filter((line) => line.includes('ATTRIBUTE_COUNT_LIMIT'))).toHaveLength(1)
})

describe('a value that was cut', () => {
  const json = '{"openai":{"logprobs":[{"a":1}'
  test.each<[string, object, object, number]>([
    [
      'metadata, right after a brace',
      leaf,
      { ...usage, 'ai.response.providerMetadata': `${json}}}}` },
      json.length,
    ],
    [
      'the model that was asked',
      { ...leaf, 'ai.model.id': 'claude-sonnet-4-5-20250929' },
      usage,
      26,
    ],
    [
      'the model that answered',
      leaf,
      { ...usage, 'ai.response.model': 'm-2026-11-30-preview-long' },
      24,
    ],
    [
      'the provider',
      { ...genAiLeaf, 'gen_ai.provider.name': 'openai-compatible-something' },
      genAiUsage,
      20,
    ],
  ])('makes the charge doubtful: %s', (_, at, then, attributeValueLengthLimit) => {
    const spans = new Recording({ limits: { attributeValueLengthLimit } })
    end(spans.start('call', at as never), then as never)
    expect(spans.charges[0]?.status).not.toBe('priced')
    expect(spans.charges[0]?.reason).toContain('value_cut')
  })

  test.each(['user.id', 'ai.telemetry.metadata.userId', 'ai.settings.context.userId'])(
    'makes no two users one: %s',
    (name) => {
      for (const late of [false, true]) {
        const spans = new Recording({ limits: { attributeValueLengthLimit: 30 } })
        for (const user of ['1', '2']) {
          const stated = { [name]: `organisation-with-a-long-name-${user}` }
          const span = spans.start('call', late ? leaf : { ...leaf, ...stated })
          end(span, late && name === 'user.id' ? { ...usage, ...stated } : usage)
        }
        for (const { attribution } of spans.charges) expect(attribution.userId).toBeUndefined()
        if (!late)
          expect(spans.charges).toMatchObject([
            { attribution: { redacted: true } },
            { attribution: { redacted: true } },
          ])
        for (const { attributes } of spans.exporter.spans)
          expect(attributes['user.id']).toBeUndefined()
      }
    },
  )

  test('changes nothing for what is shorter', () => {
    const spans = new Recording({ limits: { attributeValueLengthLimit: 64 } })
    end(spans.start('call', { ...leaf, 'user.id': 'ada' }), usage)
    expect(spans.charges).toMatchObject([
      { usd: 1, status: 'priced', attribution: { userId: 'ada' } },
    ])
  })
})
