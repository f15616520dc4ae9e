import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { end, genAiLeaf, genAiUsage, leaf, Recording, root, usage } from '../support/sdk-2.ts'

/** As `MAXIMUM_DEFERRAL_MILLISECONDS` and `MAXIMUM_HELD`. */
const PATIENCE = 120_000
const MAXIMUM_HELD = 500

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
afterEach(() => void vi.useRealTimers())

const finished = { ...usage, 'gen_ai.usage.input_tokens': 600_000 }

/** A host that never calls `onEnding` and, like `@vercel/otel`, ends what is open from the root down. */
function forced(attributes = leaf as typeof leaf | typeof genAiLeaf) {
  const spans = new Recording({ callsOnEnding: false })
  // With a user: an unattributed cost waits for a meter, by a timer of its own.
  const above = spans.start('root', { ...root, 'user.id': 'ada' })
  const call = spans.start('call', attributes, above)
  end(above)
  call.end()
  return { spans, call }
}

describe('a call that another processor ends before its usage is known', () => {
  test.each([
    ['AI SDK', leaf, finished],
    ['GenAI conventions', genAiLeaf, genAiUsage],
  ])('waits for it, %s', (_, attributes, then) => {
    const { spans, call } = forced(attributes)
    expect(spans.span('call')).toBeUndefined()
    expect(call.isRecording()).toBe(true)
    vi.advanceTimersByTime(PATIENCE - 1)
    end(call, then)
    expect(spans.costOf('call')).toEqual({ usd: 1, status: 'priced' })
    vi.advanceTimersByTime(PATIENCE)
    expect(spans.charges).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('waits two minutes at most, and then ends when it was ended', () => {
    const spans = new Recording({ callsOnEnding: false })
    const above = spans.start('root', root)
    const call = spans.start('call', leaf, above)
    // The SDK measures with a clock of its own; it must get the time of the forced end.
    vi.setSystemTime(Date.now() + 3_600_000)
    const ended = Date.now()
    end(above)
    call.end()
    vi.advanceTimersByTime(PATIENCE)
    expect(spans.costOf('call')).toEqual({ status: 'unknown_usage' })
    const [seconds, nanoseconds] = (call as unknown as { endTime: [number, number] }).endTime
    expect(seconds * 1e3 + nanoseconds / 1e6).toBeCloseTo(ended, -2)
    end(call, finished)
    expect(spans.charges).toHaveLength(1)
  })

  test('does not keep a process alive that has nothing else to do', () => {
    const timers = vi.spyOn(globalThis, 'setTimeout')
    forced()
    const timer = timers.mock.results[0]?.value as { hasRef(): boolean }
    expect(timer.hasRef()).toBe(false)
    timers.mockRestore()
  })

  test('waits no longer than the processor', async () => {
    const { spans } = forced()
    await spans.provider.shutdown()
    expect(spans.costOf('call')).toEqual({ status: 'unknown_usage' })
    expect(vi.getTimerCount()).toBe(0)
  })

  test('waits with 499 others: of more, the newest do not wait', () => {
    const spans = new Recording({ callsOnEnding: false })
    const above = spans.start('root', root)
    const calls = Array.from({ length: MAXIMUM_HELD + 2 }, (_, index) =>
      spans.start(`${index}`, leaf, above),
    )
    end(above)
    for (const call of calls) call.end()
    expect(spans.exporter.spans.map(({ name }) => name)).toEqual(['root', '500', '501'])
  })
})

describe('an end is held only if it was forced', () => {
  test.each<[string, object]>([
    ['has usage', genAiUsage],
    ['has a finish reason', { 'ai.response.finishReason': 'stop' }],
    ['has finish reasons', { 'gen_ai.response.finish_reasons': ['stop'] }],
  ])('not if the call %s', (_, attributes) => {
    const spans = new Recording({ callsOnEnding: false })
    const above = spans.start('root', root)
    const call = spans.start('call', leaf, above)
    end(above)
    end(call, attributes as never)
    expect(spans.span('call')).toBeDefined()
  })

  test('not if the call failed', () => {
    const spans = new Recording({ callsOnEnding: false })
    const above = spans.start('root', root)
    const call = spans.start('call', leaf, above)
    end(above)
    call.setStatus({ code: 2 }).end()
    expect(spans.costOf('call')).toEqual({ status: 'unknown_usage' })
  })

  test('not if the span above is open, or there is none', () => {
    const spans = new Recording({ callsOnEnding: false })
    end(spans.start('below an open one', leaf, spans.start('root', root)))
    end(spans.start('alone', leaf))
    expect(spans.exporter.spans.map(({ name }) => name)).toEqual(['below an open one', 'alone'])
  })

  test('not if the host calls onEnding, not even the first time', () => {
    const spans = new Recording()
    const above = spans.start('root', root)
    const call = spans.start('call', leaf, above)
    end(above)
    call.end()
    expect(spans.costOf('call')).toEqual({ status: 'unknown_usage' })
  })
})
