import { context, trace, type Span } from '@opentelemetry/api'
import { registerOTel } from '@vercel/otel'
import { CostSpanProcessor, type Charge } from 'costspan'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { end, genAiLeaf, genAiUsage, leaf, prices, root, usage } from '../support/sdk-2.ts'

vi.setConfig({ testTimeout: 60_000 })

/** As `MAXIMUM_HELD`. */
const MAXIMUM_HELD = 500

const printed: string[] = []
let charges: Charge[] = []

// It registers globally: one processor for all tests of this file.
registerOTel({
  serviceName: 'chat',
  instrumentations: [],
  traceSampler: 'always_on',
  spanProcessors: [
    new CostSpanProcessor({
      prices,
      warnings: (message) => void printed.push(message),
      onCharge: (charge) => void charges.push(charge),
    }),
  ],
})
afterAll(() => trace.disable())
beforeEach(() => void (charges = []))

const tracer = trace.getTracer('ai')

interface Stream {
  readonly call: Span
  readonly use: object
}

/** A request whose reader leaves: its span ends, and `@vercel/otel` ends what is open below it. */
function left(index: number): Stream {
  const request = tracer.startSpan('POST /chat', { root: true })
  const at = trace.setSpan(context.active(), request)
  const stream = tracer.startSpan('stream', { attributes: { ...root, 'user.id': `${index}` } }, at)
  const isGenAi = index % 2 === 1
  const attributes = isGenAi ? genAiLeaf : leaf
  const call = tracer.startSpan('call', { attributes }, trace.setSpan(at, stream))
  request.end()
  return { call, use: isGenAi ? genAiUsage : usage }
}

const complete = ({ call, use }: Stream): void =>
  end(call, { ...use, 'gen_ai.response.finish_reasons': ['stop'] })

/** Streams that arrive and complete, with `open` under way at a time. */
function run(streams: number, open: number, next: (waiting: Stream[]) => Stream | undefined): void {
  const waiting: Stream[] = []
  for (let index = 0; index < streams; index++) {
    waiting.push(left(index))
    if (waiting.length < open) continue
    const stream = next(waiting)
    if (stream !== undefined) complete(stream)
  }
  for (const stream of waiting) complete(stream)
}

const oldest = (waiting: Stream[]): Stream | undefined => waiting.shift()
const newest = (waiting: Stream[]): Stream | undefined => waiting.pop()
const any = (waiting: Stream[]): Stream | undefined =>
  waiting.splice((waiting.length * 7919) % waiting.length, 1)[0]

const unknown = (): number => charges.filter(({ status }) => status === 'unknown_usage').length
const users = (): number => new Set(charges.map(({ attribution }) => attribution.userId)).size

describe('streams whose readers left', () => {
  test.each<[number, number, number, typeof oldest, string]>([
    [501, 501, 1, oldest, 'oldest first'],
    [501, 501, 1, newest, 'newest first'],
    [1200, 1200, 700, oldest, 'oldest first'],
    [5000, 500, 0, oldest, 'oldest first'],
    [5000, 400, 0, any, 'in any order'],
  ])('%i, of which %i are open at a time: %i are unknown', (streams, open, lost, next) => {
    run(streams, open, next)
    expect(charges).toHaveLength(streams)
    expect(users()).toBe(streams)
    expect(unknown()).toBe(lost)
  })

  test('5,000 with 501 open at a time: one in 501 is unknown, not all', () => {
    run(5000, MAXIMUM_HELD + 1, oldest)
    expect(charges).toHaveLength(5000)
    expect(unknown()).toBeLessThanOrEqual(Math.ceil(5000 / MAXIMUM_HELD))
  })

  test('are not held again once they were let go', () => {
    const streams = Array.from({ length: MAXIMUM_HELD + 100 }, (_, index) => left(index))
    const refused = streams.slice(MAXIMUM_HELD)
    for (const stream of refused) complete(stream)
    for (const stream of refused) stream.call.end()
    for (const stream of streams.slice(0, MAXIMUM_HELD)) complete(stream)
    expect(unknown()).toBe(100)
    expect(charges).toHaveLength(MAXIMUM_HELD + 100)
  })
})

test('one warning reports that not all could be held', () => {
  const streams = Array.from({ length: MAXIMUM_HELD + 3 }, (_, index) => left(index))
  streams.forEach(complete)
  expect(unknown()).toBe(3)
  expect(printed.filter((line) => line.includes('streams of ended requests'))).toHaveLength(1)
})
