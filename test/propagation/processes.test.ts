import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProvider, type LoopbackProvider } from '../loopback/provider.ts'
import { USERS, type Done } from './job.ts'

let provider: LoopbackProvider
let done: ReadonlyMap<number, Done>

function start(script: string, ...options: string[]): ChildProcess {
  const path = join(import.meta.dirname, script)
  return spawn(process.execPath, ['--import', 'tsx', path, ...options], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
}

/** Two processes, and a real pipe between them. */
async function runQueue(): Promise<ReadonlyMap<number, Done>> {
  const worker = start('worker.ts', provider.url)
  const producer = start('producer.ts')
  const ended = Promise.all([once(worker, 'exit'), once(producer, 'exit')])
  producer.stdout!.pipe(worker.stdin!)
  const jobs = new Map<number, Done>()
  for await (const line of createInterface({ input: worker.stdout! })) {
    const job = JSON.parse(line) as Done
    jobs.set(job.number, job)
  }
  expect(await ended).toEqual([
    [0, null],
    [0, null],
  ])
  return jobs
}

beforeAll(async () => {
  provider = await startProvider({
    reply: ({ body }) => {
      const number = Number(/Job (\d+)\./.exec(JSON.stringify(body))?.[1])
      return {
        text: 'Done.',
        usage: { uncachedInput: 1000 + number, outputText: 10 },
        delayMilliseconds: (number * 13) % 40,
      }
    },
  })
  done = await runQueue()
}, 60_000)
afterAll(() => provider.close())

function attributionOf(number: number): object {
  const attributes = done.get(number)?.attributes
  const named = Object.entries(attributes ?? {}).filter(([name]) =>
    /^(user\.id|tenant\.id|cost\.(plan|attribution|tag\..+))$/.test(name),
  )
  return Object.fromEntries(named)
}

describe('a job that another process runs', () => {
  test('is attributed to the user who enqueued it, with 100 users at the same time', () => {
    for (let number = 0; number < USERS; number++) {
      expect(done.get(number)?.input).toBe(1000 + number)
      expect(done.get(number)?.usd).toBeCloseTo(((1000 + number) * 2.5 + 10 * 10) / 1e6, 12)
      expect(attributionOf(number)).toEqual({
        'user.id': `user-${number}`,
        'tenant.id': `tenant-${number % 7}`,
        'cost.plan': number % 2 === 0 ? 'pro' : 'free',
        'cost.tag.feature': `feature-${number}`,
      })
    }
  })

  test('is charged once for each delivery', () => {
    expect([attributionOf(200), attributionOf(206)]).toEqual([
      { 'user.id': 'ada' },
      { 'user.id': 'ada' },
    ])
  })

  test('may be signed by the previous key', () => {
    expect(attributionOf(201)).toEqual({ 'user.id': 'ada' })
  })

  test.each([
    ['signed by another key', 202, 'forged'],
    ['whose signature was changed', 203, 'forged'],
    ['that was cut', 204, 'malformed'],
    ['that is a bare id', 205, 'malformed'],
    ['that is too old', 210, 'expired'],
  ])('is not run with a token %s', (_, number, reason) => {
    expect(done.get(number)).toEqual({ number, refused: reason })
  })

  test('is unattributed where no user was known', () => {
    expect(attributionOf(207)).toEqual({ 'cost.attribution': 'none' })
  })

  test('of a user whose id is an address is marked as redacted, and the address is nowhere', () => {
    expect(attributionOf(208)).toEqual({ 'cost.attribution': 'redacted', 'cost.plan': 'pro' })
    expect(JSON.stringify([...done.values()])).not.toContain('example.com')
  })

  test('has the pseudonym of the process that enqueued it', () => {
    expect(attributionOf(209)).toEqual({
      'user.id': expect.stringMatching(/^pn_[\w-]{6}_[\w-]{22}$/),
    })
  })

  test('has no more calls than were allowed', () => {
    expect(provider.calls).toHaveLength(USERS + 6)
  })
})
