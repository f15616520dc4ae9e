import { context, diag, DiagLogLevel, trace, type Tracer } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import {
  CostSpanProcessor,
  createCharger,
  type CallOrigin,
  type Charge,
  type PrivacyOptions,
} from 'costspan'
import { CostSpanExporter } from 'costspan/exporter'
import { repriceCharge } from 'costspan/prices'
import { recordCall } from 'costspan/record'
import { afterEach, describe, expect, test } from 'vitest'
import { plainSpan } from '../support/plain-span.ts'
import { leaf, prices, usage } from '../support/sdk-2.ts'

const agentSpan = { 'gen_ai.operation.name': 'invoke_agent' }
const openChat = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-4o',
}
const chat = {
  ...openChat,
  'gen_ai.usage.input_tokens': 10,
  'gen_ai.usage.output_tokens': 1,
}

function start(resource?: { readonly [name: string]: string | Promise<string> }) {
  const charges: Charge[] = []
  const provider = new BasicTracerProvider({
    ...(resource !== undefined && { resource: resourceFromAttributes(resource) }),
    spanProcessors: [new CostSpanProcessor({ onCharge: (charge) => charges.push(charge) })],
  })
  return { provider, charges, tracer: (name: string): Tracer => provider.getTracer(name) }
}

/** Runs spans, each below the one before: scope and attributes. */
function nest(
  tracer: (name: string) => Tracer,
  spans: readonly (readonly [scope: string, attributes: { readonly [name: string]: unknown }])[],
): void {
  let from = context.active()
  const opened = spans.map(([scope, attributes]) => {
    const span = tracer(scope).startSpan('x', { attributes: attributes as never }, from)
    from = trace.setSpan(from, span)
    return span
  })
  for (const span of opened.toReversed()) span.end()
}

function originOf(charge: Charge | undefined): CallOrigin {
  const { functionId, agent, route, service, release } = charge ?? ({} as Partial<Charge>)
  return JSON.parse(JSON.stringify({ functionId, agent, route, service, release })) as CallOrigin
}

afterEach(() => {
  trace.disable()
  diag.disable()
})

describe('function and agent', () => {
  test('AI SDK 4 to 6 name the function on each span', () => {
    const charge = createCharger({ prices })
    const span = plainSpan({ ...leaf, ...usage, 'ai.telemetry.functionId': 'summary' })
    expect(originOf(charge(span))).toEqual({ functionId: 'summary' })
  })

  test('AI SDK 7 names the function on the outermost span of a generation only', () => {
    const { tracer, charges } = start()
    const root = { ...agentSpan, 'gen_ai.agent.name': 'summary' }
    nest(tracer, [
      ['gen_ai', root],
      ['gen_ai', { 'gen_ai.operation.name': 'agent_step' }],
      ['gen_ai', chat],
    ])
    nest(tracer, [
      ['gen_ai', agentSpan],
      ['gen_ai', chat],
    ])
    expect(charges.map(originOf)).toEqual([{ functionId: 'summary' }, {}])
  })

  test('an agent of another instrumentation is the agent of each call below it', () => {
    const { tracer, charges } = start()
    nest(tracer, [
      ['langgraph', { ...agentSpan, 'gen_ai.agent.name': 'planner' }],
      ['gen_ai', { ...agentSpan, 'gen_ai.agent.name': 'search' }],
      ['gen_ai', chat],
    ])
    nest(tracer, [
      ['langgraph', { ...agentSpan, 'gen_ai.agent.name': 'planner' }],
      ['openai', { ...chat, 'gen_ai.agent.name': 'critic' }],
    ])
    expect(charges.map(originOf)).toEqual([
      { functionId: 'search', agent: 'planner' },
      { agent: 'critic' },
    ])
  })

  test.each([
    ['gen_ai', { ...agentSpan, 'gen_ai.agent.name': 'summary' }, openChat],
    [
      'ai',
      { 'ai.operationId': 'ai.generateText', 'ai.telemetry.functionId': 'summary' },
      { ...leaf, 'ai.telemetry.functionId': 'summary' },
    ],
  ])('are those of an abandoned call too: scope %s', async (scope, root, call) => {
    const { provider, tracer, charges } = start({ 'service.name': 'chat' })
    const outer = tracer(scope).startSpan('x', { attributes: root })
    const from = trace.setSpan(context.active(), outer)
    tracer(scope).startSpan('x', { attributes: call }, from)
    await provider.shutdown()
    expect(charges.map(({ reason }) => reason)).toEqual(['never_ended'])
    expect(charges.map(originOf)).toEqual([{ functionId: 'summary', service: 'chat' }])
  })

  test('are cut after 256 characters, and are texts', () => {
    const charge = createCharger({ prices })
    const named = (functionId: unknown) =>
      charge(plainSpan({ ...leaf, ...usage, 'ai.telemetry.functionId': functionId }))?.functionId
    expect(named('x'.repeat(10_000))).toBe('x'.repeat(256))
    expect(named('')).toBeUndefined()
    expect(named(7)).toBeUndefined()
  })
})

describe('service and release', () => {
  test('are those of the resource', () => {
    const { tracer, charges } = start({ 'service.name': 'chat', 'service.version': '1.2.3' })
    nest(tracer, [['gen_ai', chat]])
    nest(tracer, [['gen_ai', chat]])
    const origin = { service: 'chat', release: '1.2.3' }
    expect(charges.map(originOf)).toEqual([origin, origin])
  })

  test('are absent where the SDK made the name up', () => {
    const { tracer, charges } = start({ 'service.name': 'unknown_service:node' })
    nest(tracer, [['gen_ai', chat]])
    expect(charges.map(originOf)).toEqual([{}])
  })

  test('are read before a detector has answered, without an error in the log, and once more afterwards', async () => {
    const errors: string[] = []
    const log = (text: string): unknown => errors.push(text)
    const logger = { error: log, warn: log, info() {}, debug() {}, verbose() {} }
    diag.setLogger(logger, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true })
    const release = Promise.resolve('1.2.3')
    const { tracer, charges } = start({ 'service.name': 'chat', 'service.version': release })
    nest(tracer, [['gen_ai', chat]])
    expect(errors).toEqual([])
    await release
    await new Promise((resolve) => setTimeout(resolve))
    nest(tracer, [['gen_ai', chat]])
    expect(charges[0]?.service).toBe('chat')
    expect(charges[0]?.release).toBeUndefined()
  })

  test('a resource that throws takes no charge away', () => {
    const charge = createCharger({ prices })
    const span = plainSpan({ ...leaf, ...usage })
    const resource = {
      get attributes(): never {
        throw new Error('no attributes')
      },
    }
    const charged = charge({ ...span, resource })
    expect(charged?.status).toBe(charge(span)?.status)
    expect(originOf(charged)).toEqual({})
  })
})

describe('a name that holds a personal id', () => {
  const named = {
    ...chat,
    'gen_ai.agent.name': 'agent of ada@example.com',
  }
  const functionSpan = { ...leaf, ...usage, 'ai.telemetry.functionId': 'ada@example.com' }

  function chargesWith(privacy: PrivacyOptions | undefined): Charge[] {
    const charges: Charge[] = []
    const onCharge = (charge: Charge): void => void charges.push(charge)
    const provider = new BasicTracerProvider({
      spanProcessors: [new CostSpanProcessor({ privacy, onCharge })],
    })
    nest((name) => provider.getTracer(name), [['ai', functionSpan]])
    nest(
      (name) => provider.getTracer(name),
      [
        ['langgraph', { ...agentSpan, 'gen_ai.agent.name': 'ada@example.com' }],
        ['openai', chat],
      ],
    )
    nest((name) => provider.getTracer(name), [['openai', named]])
    const sink = { export: () => {}, shutdown: () => Promise.resolve() }
    const exporter = new CostSpanExporter(sink, { privacy, onCharge })
    exporter.export([plainSpan(functionSpan), plainSpan(named)], () => {})
    return charges
  }

  test('is in no charge', () => {
    const charges = chargesWith(undefined)
    expect(charges.map(originOf)).toEqual([{}, {}, {}, {}, {}])
  })

  test('is replaced by a pseudonym', () => {
    const charges = chargesWith({ pseudonymize: { key: 'a key of pseudonyms, for tests' } })
    const pseudonym = expect.stringMatching(/^pn_/)
    expect(charges.map(originOf)).toEqual([
      { functionId: pseudonym },
      { agent: pseudonym },
      { agent: pseudonym },
      { functionId: pseudonym },
      { agent: pseudonym },
    ])
  })

  test('is kept on request', () => {
    expect(originOf(chargesWith({ personalIds: 'keep' })[0])).toEqual({
      functionId: 'ada@example.com',
    })
  })
})

describe('a name that contains the id of its user or tenant', () => {
  const privacy = { pseudonymize: { key: 'a key of pseudonyms, for tests' } }
  const pseudonym = expect.stringMatching(/^pn_[\w-]{6}_[\w-]{22}$/)
  const callOf = (userId: string, functionId: string) => ({
    ...leaf,
    ...usage,
    'ai.telemetry.metadata.userId': userId,
    'ai.telemetry.metadata.tenantId': 'acme',
    'ai.telemetry.functionId': functionId,
  })

  function chargesOf(attributes: object, options: PrivacyOptions): Charge[] {
    const charges: Charge[] = []
    const onCharge = (charge: Charge): void => void charges.push(charge)
    const processor = new CostSpanProcessor({ privacy: options, onCharge })
    const tracer = new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('ai')
    tracer.startSpan('x', { attributes: attributes as never }).end()
    const sink = { export: () => {}, shutdown: () => Promise.resolve() }
    const exporter = new CostSpanExporter(sink, { privacy: options, onCharge })
    exporter.export([plainSpan({ ...attributes })], () => {})
    expect(charges).toHaveLength(2)
    return charges
  }

  test.each([
    ['u_1234', 'chat-u_1234'],
    ['@bob', 'agent-@bob'],
    ['{ab-12}', 'agent {ab-12}'],
    ['--', 'agent --'],
    ['a-b'.repeat(20), `agent ${'a-b'.repeat(20)}`],
    ['u_1234', 'u_1234'],
    ['7', 'chat/7/summary'],
    ['u_1', 'u_12 and u_1'],
    ['u_1234', 'acme: summary'],
    ['User_1234', 'chat-user-1234'],
  ])('%s in %s is replaced by a pseudonym, as a whole', (userId, functionId) => {
    const charges = chargesOf(callOf(userId, functionId), privacy)
    expect(charges.map(originOf)).toEqual([{ functionId: pseudonym }, { functionId: pseudonym }])
    expect(JSON.stringify(charges)).not.toContain(functionId)
  })

  test.each([
    ['7', 'gpt7-summary'],
    ['u_1234', 'chat-u_12345'],
    ['u_1234', 'summary'],
  ])('%s is not in %s, which is kept', (userId, functionId) => {
    const charges = chargesOf(callOf(userId, functionId), privacy)
    expect(charges.map(originOf)).toEqual([{ functionId }, { functionId }])
  })

  test('is kept where ids are not replaced', () => {
    const charges = chargesOf(callOf('u_1234', 'chat-u_1234'), {})
    expect(originOf(charges[0])).toEqual({ functionId: 'chat-u_1234' })
  })

  /** Charges calls of the given users, one after the other, by one processor. */
  function namesOf(calls: readonly object[], options: PrivacyOptions): (string | undefined)[] {
    const names: (string | undefined)[] = []
    const processor = new CostSpanProcessor({
      privacy: options,
      onCharge: ({ functionId }) => void names.push(functionId),
    })
    const tracer = new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('ai')
    for (const attributes of calls) tracer.startSpan('x', { attributes: { ...attributes } }).end()
    return names
  }

  test('is replaced after many other values, whose pseudonyms push out no id', () => {
    const others = Array.from({ length: 4200 }, (_, index) => ({
      ...callOf('u_5', 'f'),
      'ai.telemetry.metadata.contact': `p${index}@example.com`,
    }))
    const calls = [callOf('u_1234', 'f'), ...others, callOf('u_1234', 'chat-u_1234')]
    expect(namesOf(calls, privacy).at(-1)).toEqual(pseudonym)
  })

  test('is replaced where users share a pseudonym', () => {
    const shared = { pseudonymize: () => 'one of many' }
    const calls = ['u_1', 'u_2', 'u_1'].map((user) => callOf(user, `chat-${user} again`))
    expect(namesOf(calls, shared)).toEqual(calls.map(() => 'one of many'))
  })

  test('and a name that contains none of them is kept', () => {
    const shared = { pseudonymize: (id: string) => (id === 'acme' ? 'a tenant' : 'one of many') }
    const users = Array.from({ length: 1000 }, (_, index) => `u_${index}`)
    const calls = users.map((user) => callOf(user, 'summary of text'))
    expect(namesOf(calls, shared)).toEqual(calls.map(() => 'summary of text'))
    const last = [...calls, callOf('u_7', 'chat-u_999'), callOf('u_7', 'chat-u_1000')]
    expect(namesOf(last, shared).slice(-2)).toEqual(['one of many', 'chat-u_1000'])
  })

  test('is replaced where the attribution and the name are inherited', () => {
    const charges: Charge[] = []
    const processor = new CostSpanProcessor({ privacy, onCharge: (one) => charges.push(one) })
    const provider = new BasicTracerProvider({ spanProcessors: [processor] })
    nest(
      (name) => provider.getTracer(name),
      [
        ['langgraph', { ...agentSpan, 'gen_ai.agent.name': 'chat-u_1234', 'user.id': 'u_1234' }],
        ['openai', chat],
      ],
    )
    expect(charges.map(originOf)).toEqual([{ agent: pseudonym }])
    expect(charges[0]?.attribution.userId).toEqual(pseudonym)
  })
})

test('recordCall states function, agent and route', () => {
  const { provider, charges } = start({ 'service.name': 'worker' })
  trace.setGlobalTracerProvider(provider)
  const call = { provider: 'openai', model: 'gpt-4o', usage: { input: 10, output: 1 } }
  recordCall({ ...call, functionId: 'summary', agent: 'planner', route: '/chat/:id' })
  recordCall(call)
  expect(charges.map(originOf)).toEqual([
    { functionId: 'summary', agent: 'planner', route: '/chat/:id', service: 'worker' },
    { service: 'worker' },
  ])
  for (const name of ['functionId', 'agent', 'route']) {
    expect(() => recordCall({ ...call, [name]: '' })).toThrow(`Expected \`${name}\` to be`)
  }
})

test('a charge that is priced again keeps its origin, also out of JSON', () => {
  const { tracer, charges } = start({ 'service.name': 'chat', 'service.version': '7' })
  nest(tracer, [
    ['gen_ai', { ...agentSpan, 'gen_ai.agent.name': 'summary' }],
    ['gen_ai', chat],
  ])
  const stored = JSON.parse(JSON.stringify(charges[0])) as Charge
  expect(originOf(repriceCharge(stored).charge)).toEqual(originOf(charges[0]))
  expect(originOf(charges[0])).toEqual({ functionId: 'summary', service: 'chat', release: '7' })
})
