import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ROOT_CONTEXT, trace, type Span } from '@opentelemetry/api'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type Charge } from 'costspan'
import { repriceCharge } from 'costspan/prices'
import { describe, expect, test, vi } from 'vitest'
import { end, genAiLeaf, leaf, prices, Recording, root, tool, usage } from '../support/sdk-2.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Spans are taken in one turn of the event loop, and their callbacks run in a later one. */
async function untilCollected(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    collectGarbage()
    await turn()
  }
}

const outcomesOf = ({ charges }: Recording): unknown[] =>
  charges.map(({ usd, status, reason }) => usd ?? `${status}: ${reason}`)

/** With a finish reason, so no host that ends spans from above is suspected. */
const finished = { ...usage, 'ai.response.finishReason': 'stop' }

const hosts = [true, false].map((callsOnEnding) => ({ callsOnEnding }))

describe.each(hosts)('a call whose span never ends, %o', (host) => {
  test('is counted on the AI span above, once on the spans above that', () => {
    const spans = new Recording(host)
    const agent = spans.start('agent', root)
    const inner = spans.start('inner', root, agent)
    spans.start('never', leaf, inner)
    end(inner)
    end(agent)
    expect(spans.costOf('inner')).toEqual({ missing: 1, unfinished: 1 })
    expect(spans.costOf('agent')).toEqual({ missing: 1 })
  })

  test('is counted on the span of the request where the AI span above never ends either', () => {
    const spans = new Recording(host)
    const request = spans.start('GET /chat', {}, undefined, 'http')
    const stream = spans.start('stream', root, request)
    end(spans.start('a step', leaf, stream), usage)
    spans.start('never', leaf, stream)
    spans.start('nor this', leaf, request)
    end(request)
    expect(spans.costOf('GET /chat')).toEqual({ unfinished: 2 })
  })

  test('is reported when its span was collected, with all that is known', async () => {
    const spans = new Recording(host)
    const above = spans.start('stream', { ...root, 'user.id': 'ada', 'cost.plan': 'pro' })
    spans.start('never', leaf, above)
    end(above)
    expect(spans.charges).toEqual([])
    await untilCollected()
    expect(outcomesOf(spans)).toEqual(['unknown_usage: never_ended'])
    const [charge] = spans.charges
    expect(charge).toMatchObject({
      attribution: { userId: 'ada', plan: 'pro' },
      call: { requestModel: 'm' },
    })
    expect(charge?.spanId).toMatch(/^[0-9a-f]{16}$/)
    expect(charge?.at).toBeCloseTo(Date.now(), -4)
    expect(repriceCharge(charge as never, { prices }).charge).toEqual(charge)
    await spans.provider.shutdown()
    expect(spans.charges).toHaveLength(1)
  })

  test('is reported at the shutdown if the application holds its span', async () => {
    const spans = new Recording(host)
    const above = spans.start('stream', root)
    const never = spans.start('never', leaf, above)
    end(above)
    await untilCollected()
    expect(spans.charges).toEqual([])
    await spans.provider.shutdown()
    expect(outcomesOf(spans)).toEqual(['unknown_usage: never_ended'])
    const [unknown] = spans.charges
    end(never, finished)
    expect(outcomesOf(spans)).toEqual(['unknown_usage: never_ended', 1])
    expect(spans.charges[1]?.spanId).toBe(unknown?.spanId)
  })

  test('is reported at the shutdown while the request is open, and where there is none', async () => {
    const spans = new Recording(host)
    const request = spans.start('GET /chat', {}, undefined, 'http')
    const below = spans.start('call', leaf, spans.start('stream', root, request))
    const alone = spans.start('alone', leaf)
    await untilCollected()
    await spans.provider.shutdown()
    expect(outcomesOf(spans)).toEqual(['unknown_usage: never_ended', 'unknown_usage: never_ended'])
    expect([below.isRecording(), alone.isRecording()]).toEqual([true, true])
  })

  test('is reported when its span was collected, where no span above ends, once 32 others are open', async () => {
    const spans = new Recording(host)
    spans.start('never', leaf, spans.start('stream', root))
    spans.start('alone', leaf)
    const others = Array.from({ length: 31 }, () => spans.start('other', root))
    await untilCollected()
    expect(outcomesOf(spans)).toEqual(['unknown_usage: never_ended'])
    others.push(spans.start('one more', root))
    await untilCollected()
    expect(outcomesOf(spans)).toEqual(['unknown_usage: never_ended', 'unknown_usage: never_ended'])
    for (const other of others) end(other)
    await spans.provider.shutdown()
    expect(spans.charges).toHaveLength(2)
  })

  test('is reported after ten minutes, when the next is noticed, and once more if it ends with a cost', () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const spans = new Recording(host)
      const agent = spans.start('agent', root)
      const never = ['one', 'two'].map((name) => {
        const above = spans.start('stream', root, agent)
        const call = spans.start(name, leaf, above)
        end(above)
        vi.setSystemTime(Date.now() + 600_000)
        return call
      })
      expect(outcomesOf(spans)).toEqual(['unknown_usage: never_ended'])
      end(never[0] as Span, finished)
      expect(outcomesOf(spans)).toEqual(['unknown_usage: never_ended', 1])
      expect(spans.costOf('one')).toEqual({ usd: 1, status: 'priced' })
      end(agent)
      expect(spans.costOf('agent')).toEqual({ rollup: 1, missing: 1 })
    } finally {
      vi.useRealTimers()
    }
  })

  test('costs what it has used, if its span has the usage', async () => {
    const spans = new Recording(host)
    const above = spans.start('stream', root)
    spans.start('never', leaf, above).setAttributes(usage)
    end(above)
    await untilCollected()
    expect(outcomesOf(spans)).toEqual([1])
  })

  test('below another that never ends is counted and reported once', async () => {
    const spans = new Recording(host)
    const request = spans.start('GET /chat', {}, undefined, 'http')
    const outer = spans.start('call', leaf, spans.start('stream', root, request))
    spans.start('the same call', genAiLeaf, outer, 'openai')
    end(request)
    expect(spans.costOf('GET /chat')).toEqual({ unfinished: 1 })
    await spans.provider.shutdown()
    expect(outcomesOf(spans)).toEqual(['unknown_usage: never_ended'])
  })

  test('is found if it starts when the request is over', async () => {
    const spans = new Recording(host)
    const request = spans.start('GET /chat', {}, undefined, 'http')
    const stream = spans.start('stream', root, request)
    end(request)
    spans.start('never', leaf, stream)
    await spans.provider.shutdown()
    expect(outcomesOf(spans)).toEqual(['unknown_usage: never_ended'])
  })

  test('is found below a tool', () => {
    const spans = new Recording(host)
    const above = spans.start('stream', root)
    const nested = spans.start('nested', root, spans.start('tool', tool, above))
    spans.start('never', leaf, nested)
    end(above)
    expect(spans.costOf('stream')).toEqual({ missing: 1, unfinished: 1 })
  })
})

describe.each(hosts)('a call that ends after the span above it, %o', (host) => {
  test('is charged, and not reported again', async () => {
    const spans = new Recording(host)
    const above = spans.start('stream', root)
    const late = spans.start('late', leaf, above)
    end(above)
    end(late, finished)
    await untilCollected()
    await spans.provider.shutdown()
    expect(outcomesOf(spans)).toEqual([1])
  })

  test('is in the sum of what is above that', () => {
    const spans = new Recording(host)
    const agent = spans.start('agent', root)
    const step = spans.start('step', root, agent)
    const late = spans.start('late', leaf, step)
    end(step)
    end(late, finished)
    end(agent)
    expect(spans.costOf('agent')).toEqual({ rollup: 1 })
  })
})

test('a span that ends below a request that goes on writes nothing there', () => {
  const spans = new Recording()
  const request = spans.start('GET /chat', {}, undefined, 'http')
  end(spans.start('call', leaf, request), usage)
  spans.start('other', {}, request, 'http').end()
  end(request)
  expect(spans.span('GET /chat')?.attributes).toEqual({})
})

test('of a span that is open for ever, the oldest calls below that never end are let go', async () => {
  const spans = new Recording()
  const worker = spans.start('worker', {}, undefined, 'jobs')
  for (let call = 0; call < 1000; call++) spans.start('never', leaf, worker)
  await untilCollected()
  expect(spans.charges).toHaveLength(1000 - 32)
  end(worker)
  expect(spans.costOf('worker')).toEqual({ unfinished: 32 })
  await spans.provider.shutdown()
  expect(spans.charges).toHaveLength(1000)
})

test('in whichever order a thousand calls of one request end, none is reported twice', async () => {
  const spans = new Recording()
  const request = spans.start('GET /chat', {}, undefined, 'http')
  const calls: Span[] = Array.from({ length: 1000 }, () => spans.start('call', leaf, request))
  for (const call of calls.filter((_, index) => index % 3 === 0)) end(call, usage)
  end(request)
  for (const call of calls.filter((_, index) => index % 3 === 1)) end(call, usage)
  await spans.provider.shutdown()
  expect(new Set(spans.charges.map(({ spanId }) => spanId)).size).toBe(1000)
  expect(spans.charges).toHaveLength(1000)
})

test('a processor that is registered twice charges each call once, and finds one that never ends once', async () => {
  const charges: Charge[] = []
  const costs = new CostSpanProcessor({ prices, onCharge: (charge) => void charges.push(charge) })
  const provider = new BasicTracerProvider({ spanProcessors: [costs, costs] })
  const tracer = provider.getTracer('ai')
  for (let call = 0; call < 100; call++) end(tracer.startSpan('call', { attributes: leaf }), usage)
  tracer.startSpan('never', { attributes: leaf })
  await provider.shutdown()
  expect(charges.map(({ usd }) => usd ?? 0).reduce((sum, usd) => sum + usd)).toBe(100)
  expect(charges).toHaveLength(101)
})

test('a processor that is registered twice holds no span that starts below a span that has ended', async () => {
  const charges: Charge[] = []
  const costs = new CostSpanProcessor({ prices, onCharge: (charge) => void charges.push(charge) })
  const provider = new BasicTracerProvider({ spanProcessors: [costs, costs] })
  const tracer = provider.getTracer('ai')
  const stream = tracer.startSpan('stream', { attributes: root })
  stream.end()
  const below = trace.setSpan(ROOT_CONTEXT, stream)
  for (let call = 0; call < 40; call++) tracer.startSpan('never', { attributes: leaf }, below)
  await untilCollected()
  expect(charges).toHaveLength(40)
  await provider.shutdown()
  expect(charges).toHaveLength(40)
})

/** An LLM span of OpenInference: the model is within the parameters of the request. */
const openInference = {
  'openinference.span.kind': 'LLM',
  'llm.provider': 'openai',
  'llm.invocation_parameters': '{"model":"m"}',
}

test('an abandoned call of OpenInference keeps its model, however many are open', async () => {
  const spans = new Recording()
  const embedding = { 'openinference.span.kind': 'EMBEDDING', 'embedding.model_name': 'm' }
  for (let call = 0; call < 40; call++) {
    spans.start('never', openInference, undefined, 'app')
    spans.start('never', embedding, undefined, 'app')
  }
  await untilCollected()
  expect(spans.charges).toHaveLength(80 - 32)
  await spans.provider.shutdown()
  expect(spans.charges.map(({ call }) => call.requestModel)).toEqual(Array(80).fill('m'))
})

test('an abandoned call keeps the names of its function and its agent, however many are open', async () => {
  const spans = new Recording()
  for (let call = 0; call < 40; call++) {
    spans.start('never', { ...leaf, 'ai.telemetry.functionId': 'summary' })
    spans.start('never', { ...genAiLeaf, 'gen_ai.agent.name': 'planner' }, undefined, 'app')
  }
  await untilCollected()
  const names = spans.charges.map(({ functionId, agent }) => functionId ?? agent)
  expect(names.filter((name) => name === 'summary')).toHaveLength(40 - 16)
  expect(names.filter((name) => name === 'planner')).toHaveLength(40 - 16)
})

test('a call that is abandoned is charged where its instrumentation writes late what it is', async () => {
  const spans = new Recording()
  const agent = spans.start('agent', root)
  for (let call = 0; call < 40; call++) {
    for (const above of [agent, undefined]) {
      spans.start('never', {}, above, 'openinference-core').setAttributes(openInference)
    }
  }
  end(agent)
  expect(spans.costOf('agent')).toEqual({ missing: 40, unfinished: 40 })
  await untilCollected()
  expect(outcomesOf(spans)).toEqual(Array(80 - 32).fill('unknown_usage: never_ended'))
  await spans.provider.shutdown()
  expect(outcomesOf(spans)).toEqual(Array(80).fill('unknown_usage: never_ended'))
})

test('a cost that is known of a call before it ends is a lower bound, and is not charged again', async () => {
  const spans = new Recording()
  const above = spans.start('stream', root)
  const call = spans.start('call', leaf, above).setAttributes(usage)
  end(above)
  await spans.provider.shutdown()
  expect(spans.charges[0]).toMatchObject({
    usd: 1,
    status: 'lower_bound',
    reason: 'call_broken_off',
  })
  end(call, { ...finished, 'ai.usage.outputTokens': 900_000 })
  expect(outcomesOf(spans)).toEqual([1])
})

test.each(hosts)(
  'below a request that names its user by an e-mail address all are found, %o',
  async (host) => {
    const startAll = (spans: Recording): Span => {
      const request = spans.start('GET /chat', { 'user.id': 'ada@example.com' }, undefined, 'http')
      for (let call = 0; call < 3; call++) {
        spans.start('never', leaf, spans.start('stream', root, request))
      }
      return request
    }
    const ended = new Recording(host)
    end(startAll(ended))
    expect(ended.costOf('GET /chat')).toEqual({ unfinished: 3 })
    const open = new Recording(host)
    startAll(open)
    await open.provider.shutdown()
    expect(open.charges).toHaveLength(3)
  },
)
