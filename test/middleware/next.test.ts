import { setTimeout as sleep } from 'node:timers/promises'
import { nextAttribution } from 'costspan/middleware'
import { beforeEach, describe, expect, test } from 'vitest'
import { leaf, onlyAttribution, register, span, spans } from '../support/attributed-spans.ts'

beforeEach(() => register())

// In a real Next.js app: test/nextjs/streams.test.ts.
describe('nextAttribution', () => {
  test('hands a route handler on what it is handed, and back what it returns', async () => {
    const route = nextAttribution(
      (request: Request) => ({ userId: request.headers.get('x-user') }),
      async (request: Request, { params }: { params: Promise<{ id: string }> }) => {
        span(leaf)
        return new Response(`${await request.text()} ${(await params).id}`)
      },
    )
    const request = new Request('http://x', {
      method: 'POST',
      body: 'hello',
      headers: { 'x-user': 'ada' },
    })
    const response = await route(request, { params: Promise.resolve({ id: '7' }) })
    expect(await response.text()).toBe('hello 7')
    expect(onlyAttribution()).toEqual({ userId: 'ada' })
  })

  test('waits for a session, in a server action without a request', async () => {
    const action = nextAttribution(
      async () => (await sleep(1), { userId: 'ada', plan: 'pro' }),
      async (question: string) => (span(leaf), question.length),
    )
    expect(await action('why?')).toBe(4)
    expect(onlyAttribution()).toEqual({ userId: 'ada', plan: 'pro' })
  })

  test('runs a handler without attribution', async () => {
    await nextAttribution(
      () => undefined,
      () => span(leaf),
    )()
    expect(onlyAttribution()).toEqual({})
  })

  test('rejects with what the callback or the handler throws', async () => {
    const broken = (): never => {
      throw new Error('mine')
    }
    await expect(nextAttribution(broken, () => 1)()).rejects.toThrow('mine')
    await expect(nextAttribution(() => undefined, broken)()).rejects.toThrow('mine')
    const odd = nextAttribution(
      () => ({ userId: Number.NaN }),
      () => 1,
    )
    await expect(odd()).rejects.toThrow('Expected `userId` to be a string or a finite number')
  })

  test('ten thousand requests of five hundred users', async () => {
    const action = nextAttribution(
      (user: string) => ({ userId: user }),
      async (user: string) => {
        await sleep(Math.random() * 3)
        span({ ...leaf, 'test.user': user })
        // After the answer: no code waits for it.
        void sleep(Math.random() * 3).then(() => span({ ...leaf, 'test.user': user }))
      },
    )
    await Promise.all(Array.from({ length: 10_000 }, (_, index) => action(`user-${index % 500}`)))
    await sleep(50)
    expect(spans()).toHaveLength(20_000)
    const wrong = spans().filter(
      ({ attributes }) => attributes['user.id'] !== attributes['test.user'],
    )
    expect(wrong).toEqual([])
  }, 60_000)
})
