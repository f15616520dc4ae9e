import { createCharger, type Charge } from 'costspan'
import { expect, test } from 'vitest'
import { Duplicates } from '../../src/duplicates/duplicates.ts'
import type { SpanLike } from '../../src/span/span.ts'
import { aiSdkCall, genAiCall, plainSpan, type Attributes } from '../support/plain-span.ts'

const usage = { 'gen_ai.usage.input_tokens': 1000, 'gen_ai.usage.output_tokens': 100 }

/** Names of attributes that are read of a span while a call of it starts and ends. */
function attributesRead(scope: string, attributes: Attributes): PropertyKey[] {
  const span = plainSpan({ ...attributes, ...usage })
  const charge = createCharger()(span) as Charge
  const read: PropertyKey[] = []
  const watched: SpanLike = {
    ...span,
    attributes: new Proxy(span.attributes, {
      get: (target, name) => {
        read.push(name)
        return target[name as string]
      },
    }),
  }
  const started = {
    parent: undefined,
    scope,
    role: 'chat' as const,
    call: { operation: 'chat' as const, model: 'gpt-4o' },
    enclosingCalls: [],
    nestedCalls: undefined,
    settled: undefined,
    charge: undefined,
  }
  const duplicates = new Duplicates(() => {})
  duplicates.start(watched, started)
  expect(duplicates.decide(watched, started, charge, false)).toBe('charged')
  expect(started.settled).toBeUndefined()
  return read
}

test.each([
  ['ai', aiSdkCall('openai', 'gpt-4o')],
  ['gen_ai', genAiCall('openai', 'gpt-4o')],
  ['@opentelemetry/instrumentation-openai', genAiCall('openai', 'gpt-4o')],
  ['@arizeai/openinference-instrumentation-openai', genAiCall('openai', 'gpt-4o')],
])('a call of scope %s that is alone is charged without a look at its attributes', (...given) => {
  expect(attributesRead(...given)).toEqual([])
})

test('of a span of Sentry’s its origin is read', () => {
  expect(attributesRead('@sentry/node', genAiCall('openai', 'gpt-4o'))).toEqual(['sentry.origin'])
})
