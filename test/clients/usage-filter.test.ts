import { costFetch } from 'costspan/clients'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'

/** What a reader gets of a stream whose usage only costspan asked for, in chunks of a size. */
async function passed(bytes: Uint8Array, size = bytes.length): Promise<Buffer> {
  const response = await answer(bytes, size)
  return Buffer.from(await response.arrayBuffer())
}

function answer(bytes: Uint8Array, size: number): Promise<Response> {
  let at = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (at >= bytes.length) controller.close()
        else controller.enqueue(new Uint8Array(bytes.subarray(at, (at += size))))
      },
    },
    { highWaterMark: 0 },
  )
  const headers = { 'content-type': 'text/event-stream' }
  const send = costFetch({
    provider: 'openai',
    onCharge: () => {},
    fetch: () => Promise.resolve(new Response(body, { headers })),
  })
  const request = { model: 'gpt-4o', stream: true }
  return send('http://127.0.0.1/v1/chat/completions', {
    method: 'POST',
    body: JSON.stringify(request),
  })
}

const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`
const delta = { choices: [{ index: 0, delta: { content: 'Größe 🟦' } }] }
const added = { choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }
const nested = { choices: [{ index: 0, delta: { tool: { a: 1, usage: null } } }] }
const quoted = { choices: [{ index: 0, delta: { content: 'x,"usage":null' } }] }
const withReturns = (text: string): string => text.replaceAll('\n', '\r')
const withBoth = (text: string): string => text.replaceAll('\n', '\r\n')

const streams: [string, string, string][] = [
  ['a byte order mark', `\uFEFF${event({ ...delta, usage: null })}`, `\uFEFF${event(delta)}`],
  ['a null usage within', event({ ...nested, usage: null }), event(nested)],
  ['a null usage within alone', event(nested), event(nested)],
  ['a null usage in a text', event({ ...quoted, usage: null }), event(quoted)],
  ['a null usage that comes first', event({ usage: null, ...delta }), event(delta)],
  ['a null usage that is alone', event({ usage: null }), event({})],
  ['spaces', 'data: {"a": 1 , "usage" : null }\n\n', 'data: {"a": 1  }\n\n'],
  [
    'a usage that comes first',
    event(delta) + event({ usage: added.usage, choices: [] }),
    event(delta),
  ],
  ['an id', `id: 1\n${event(delta)}id: 2\n${event(added)}`, `id: 1\n${event(delta)}`],
  [
    'an event name',
    `event: x\n${event(delta)}event: x\n${event(added)}`,
    `event: x\n${event(delta)}`,
  ],
  ['a comment', `${event(delta)}: ping\n${event(added)}`, `${event(delta)}: ping\n`],
  ['no last empty line', event(delta) + event(added).trimEnd(), event(delta)],
  ['carriage returns', withReturns(event(delta) + event(added)), withReturns(event(delta))],
  ['both', withBoth(event({ ...delta, usage: null }) + event(added)), withBoth(event(delta))],
  [
    'both, and a comment',
    withBoth(`${event(delta)}: ping\n${event(added)}data: [DONE]\n\n`),
    withBoth(`${event(delta)}: ping\ndata: [DONE]\n\n`),
  ],
]

describe('a stream has no trace of the usage that only costspan asked for', () => {
  test.each(streams)('with %s', async (_, sent, expected) => {
    const bytes = Buffer.from(sent)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: bytes.length }), async (size) => {
        expect((await passed(bytes, size)).toString()).toBe(expected)
      }),
    )
  })

  test('with bytes that are no UTF-8', async () => {
    const text = (rest: string): Buffer =>
      Buffer.concat([
        Buffer.from('data: {"choices":[{"delta":{"content":"'),
        Buffer.from([0xff, 0xfe, 0xe2, 0x82]),
        Buffer.from(`"}}]${rest}}\n\n`),
      ])
    expect((await passed(text(',"usage":null'))).equals(text(''))).toBe(true)
  })

  test('after an event that is too long to be held back, which passes as it is', async () => {
    const long = event({ choices: [{ delta: { content: 'x'.repeat(100_000) } }], usage: null })
    const bytes = Buffer.from(long + event({ ...delta, usage: null }) + event(added))
    for (const size of [1, 1000, 70_000, bytes.length]) {
      // oxlint-disable-next-line no-await-in-loop -- one stream after the other
      expect((await passed(bytes, size)).toString()).toBe(long + event(delta))
    }
  })
})

test('an event that ends in carriage returns passes before the next one arrives', async () => {
  const bytes = Buffer.from(withReturns(event(delta) + event(delta)))
  const response = await answer(bytes, bytes.length / 2)
  const { value } = await response.body!.getReader().read()
  expect(value?.length).toBe(bytes.length / 2)
})

test.each([
  ['an event without an end', `data: "${'x'.repeat(300_000)}`],
  ['lines of which none is empty', 'data: x\n'.repeat(40_000)],
])('%s is held back for 64 kB, and no byte is copied often', async (_, text) => {
  const set = vi.spyOn(Uint8Array.prototype, 'set')
  const slice = vi.spyOn(Uint8Array.prototype, 'slice')
  const bytes = Buffer.from(text)
  const response = await answer(bytes, 256)
  const { value } = await response.body!.getReader().read()
  const copied =
    set.mock.calls.reduce((sum, [from]) => sum + from.length, 0) +
    slice.mock.results.reduce((sum, result) => sum + (result.value as Uint8Array).length, 0)
  set.mockRestore()
  slice.mockRestore()
  expect(value?.length).toBeLessThan(66_000)
  expect(copied).toBeLessThan(20 * 66_000)
})
