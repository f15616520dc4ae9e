import { metrics, type Attributes, type Meter } from '@opentelemetry/api'
import { afterEach, expect, test } from 'vitest'
import { LateCounter } from '../../src/diagnostics/late-counter.ts'

afterEach(() => metrics.disable())

function register(refuses: (labels: Attributes) => boolean): Map<unknown, number> {
  const counted = new Map<unknown, number>()
  const add = (value: number, labels: Attributes): void => {
    if (refuses(labels)) throw new Error('refused')
    counted.set(labels['user'], (counted.get(labels['user']) ?? 0) + value)
  }
  const meter = { createCounter: () => ({ add }) } as unknown as Meter
  metrics.setGlobalMeterProvider({ getMeter: () => meter })
  return counted
}

const [ada, ben, cleo, dan] = ['ada', 'ben', 'cleo', 'dan'].map((user) => ({ user }))

test.each([
  ['the first', ['ada'], { ben: 2, cleo: 3 }],
  ['one in between', ['ben'], { ada: 1, cleo: 3 }],
  ['the last', ['cleo'], { ada: 1, ben: 2 }],
  ['all but one', ['ada', 'cleo'], { ben: 2 }],
])('%s of the labels that a counter refuses takes no other sum with it', (_, refused, kept) => {
  for (const goes of ['flush', 'add'] as const) {
    const counter = new LateCounter({ name: 'calls' })
    counter.add(1, ada)
    counter.add(2, ben)
    counter.add(3, cleo)
    const counted = register(({ user }) => refused.includes(String(user)))
    expect(() => (goes === 'flush' ? counter.flush() : counter.add(4, dan))).toThrow('refused')
    expect(Object.fromEntries(counted)).toEqual(goes === 'add' ? { ...kept, dan: 4 } : kept)
    // What was handed over is not handed over again.
    expect(counter.flush()).toBe(true)
    expect(Object.fromEntries(counted)).toEqual(goes === 'add' ? { ...kept, dan: 4 } : kept)
    metrics.disable()
  }
})
