import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Charge } from 'costspan'
import { costFetch } from 'costspan/clients'
import { expect, test, vi } from 'vitest'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const event = (data: object): Uint8Array =>
  new TextEncoder().encode(`data: ${JSON.stringify(data)}\n\n`)
const opening = event({ model: 'gpt-4o', choices: [{ delta: { content: 'Blue' } }] })
const closing = event({
  model: 'gpt-4o',
  choices: [{ delta: {}, finish_reason: 'stop' }],
  usage: {
    prompt_tokens: 1000,
    completion_tokens: 200,
    prompt_tokens_details: { cached_tokens: 0 },
  },
})

/** A call whose stream the test sends. */
function openStream() {
  const charges: Charge[] = []
  const wire = new TransformStream<Uint8Array, Uint8Array>()
  const fetch = costFetch({
    onCharge: (charge) => charges.push(charge),
    fetch: () =>
      Promise.resolve(
        new Response(wire.readable, { headers: { 'content-type': 'text/event-stream' } }),
      ),
  })
  const answer = fetch('https://api.openai.com/v1/chat/completions', {
    method: 'POST',
    body: JSON.stringify({
      model: 'gpt-4o',
      stream: true,
      stream_options: { include_usage: true },
      messages: [],
    }),
  })
  return { charges, wire: wire.writable.getWriter(), answer }
}

async function collect(isDone: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20 && !isDone(); turn++) {
    collectGarbage()
    // oxlint-disable-next-line no-await-in-loop -- until it is done
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('a call is charged by its whole stream where the client keeps only the reader of it', async () => {
  const { charges, wire, answer } = openStream()
  const reader = (await answer).body!.getReader()
  void wire.write(opening)
  await reader.read()
  await collect(() => charges.length > 0)
  expect(charges).toEqual([])
  void wire.write(closing)
  void wire.close()
  while (!(await reader.read()).done);
  expect(charges.map(({ status, usd }) => [status, usd])).toEqual([['priced', 0.0045]])
})

test('a call is charged as stopped where the client drops its stream unread', async () => {
  const charges = await openAndDrop()
  await collect(() => charges.length > 0)
  expect(charges.map(({ status, reason }) => [status, reason])).toEqual([['estimated', 'stopped']])
})

async function openAndDrop(): Promise<readonly Charge[]> {
  const { charges, wire, answer } = openStream()
  const reader = (await answer).body!.getReader()
  void wire.write(opening)
  await reader.read()
  reader.releaseLock()
  return charges
}

test('the body of a dropped answer is cancelled, so that its connection does not stay open', async () => {
  let cancelled = 0
  const drop = async (): Promise<void> => {
    const send = costFetch({
      onCharge: () => {},
      fetch: () =>
        Promise.resolve(
          new Response(
            new ReadableStream({
              cancel() {
                cancelled++
                throw new Error('a failure that no code can handle')
              },
            }),
            { headers: { 'content-type': 'text/event-stream' } },
          ),
        ),
    })
    await send('https://api.openai.com/v1/chat/completions', post)
  }
  await drop()
  await collect(() => cancelled > 0)
  expect(cancelled).toBe(1)
})

const post = {
  method: 'POST',
  body: JSON.stringify({ model: 'gpt-4o', stream: true, stream_options: { include_usage: true } }),
}

/** A call whose answer is read to its end after its reader has left, and a server that sends one event. */
function readToEnd(cancel: () => void) {
  const charges: Charge[] = []
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given
      given.enqueue(opening)
    },
    cancel,
  })
  const send = costFetch({
    readToEnd: true,
    onCharge: (charge) => charges.push(charge),
    fetch: () =>
      Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } })),
  })
  const leave = async (): Promise<void> => {
    const answer = await send('https://api.openai.com/v1/chat/completions', post)
    const reader = answer.body!.getReader()
    await reader.read()
    await reader.cancel()
  }
  return { charges, leave, controller: () => controller! }
}

test('an answer that is read to its end is given up after a minute in which its server is silent', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  try {
    const cancel = vi.fn<() => void>(() => {
      throw new Error('a failure that no code can handle')
    })
    const { charges, leave } = readToEnd(cancel)
    await leave()
    await vi.advanceTimersByTimeAsync(59_000)
    expect(charges).toEqual([])
    await vi.advanceTimersByTimeAsync(2000)
    expect(charges.map(({ status, reason }) => [status, reason])).toEqual([
      ['estimated', 'stopped'],
    ])
    expect(cancel).toHaveBeenCalledTimes(1)
  } finally {
    vi.useRealTimers()
  }
})

test('an answer that is read to its end is charged by its usage though its stream has been collected', async () => {
  const { charges, leave, controller } = readToEnd(() => {})
  await leave()
  await collect(() => charges.length > 0)
  expect(charges).toEqual([])
  controller().enqueue(closing)
  controller().close()
  await collect(() => charges.length > 0)
  expect(charges.map(({ status, usd }) => [status, usd])).toEqual([['priced', 0.0045]])
})
