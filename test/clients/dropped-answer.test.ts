import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Charge } from 'costspan'
import { costFetch } from 'costspan/clients'
import { expect, test } from 'vitest'

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
