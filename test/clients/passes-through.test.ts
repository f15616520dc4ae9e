import fc from 'fast-check'
import type { Charge } from 'costspan'
import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { createServer as createSocketServer, type AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { costFetch, type Fetch } from 'costspan/clients'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anthropicMessages } from '../loopback/wire/anthropic.ts'
import { cohereChat } from '../loopback/wire/cohere.ts'
import { googleGenerate } from '../loopback/wire/google.ts'
import { openaiChat } from '../loopback/wire/openai-chat.ts'
import { openaiResponses } from '../loopback/wire/openai-responses.ts'
import { chunksOf, exchangeOf, streamOf } from './exchanges.ts'
import { runsOf } from '../support/runs.ts'

const reply = {
  text: 'Größe: 5 µm — 空は青い。 The sky is blue, and “so on”. 🟦'.repeat(3),
  usage: { uncachedInput: 1000, cacheRead: 24, outputText: 200 },
}

const streams = [
  ['openai', '/v1/chat/completions', openaiChat],
  ['openai', '/v1/responses', openaiResponses],
  ['anthropic', '/v1/messages', anthropicMessages],
  ['google', '/v1beta/models/gemini-2.5-flash:streamGenerateContent', googleGenerate],
  ['cohere', '/v2/chat', cohereChat],
] as const

/** A `fetch` whose answer arrives in these chunks. */
function answering(chunks: readonly Uint8Array[], type = 'text/event-stream'): Fetch {
  return () =>
    Promise.resolve(
      new Response(
        new ReadableStream({
          start(controller) {
            for (const chunk of chunks) controller.enqueue(chunk)
            controller.close()
          },
        }),
        { headers: { 'content-type': type } },
      ),
    )
}

const post = (body: object): RequestInit => ({ method: 'POST', body: JSON.stringify(body) })

describe('a stream comes out as it went in, however it is cut', () => {
  test.each(streams)('%s %s', async (provider, path, format) => {
    const charges: Charge[] = []
    const bytes = new TextEncoder().encode(streamOf(format, exchangeOf(reply)))
    const cuts = fc.array(fc.nat(bytes.length), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const send = costFetch({
          provider,
          fetch: answering(chunksOf(bytes, places)),
          onCharge: (charge) => charges.push(charge),
        })
        const asks = { stream: true, model: 'm', stream_options: { include_usage: true } }
        const answer = await send(`http://127.0.0.1${path}`, post(asks))
        expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true)
        const { usage } = charges.pop() ?? {}
        expect(usage && usage.input + usage.cacheRead).toBe(1024)
      }),
      { numRuns: runsOf(200, 1700) },
    )
  })

  test('without the chunk that only costspan asked for', async () => {
    const asks = { stream_options: { include_usage: true } }
    const asked = new TextEncoder().encode(
      withNullUsage(streamOf(openaiChat, exchangeOf(reply, { body: asks }))),
    )
    const unasked = new TextEncoder().encode(streamOf(openaiChat, exchangeOf(reply, { body: {} })))
    expect(asked.length).toBeGreaterThan(unasked.length)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(asked.length), { maxLength: 40 }), async (places) => {
        let sent: unknown
        const answer = answering(chunksOf(asked, places))
        const send = costFetch({
          provider: 'openai',
          fetch: (input, init) => {
            sent = JSON.parse(String(init?.body))
            return answer(input, init)
          },
        })
        const response = await send('http://127.0.0.1/v1/chat/completions', post({ stream: true }))
        expect(await response.text()).toBe(new TextDecoder().decode(unasked))
        expect(sent).toEqual({ stream: true, stream_options: { include_usage: true } })
      }),
      { numRuns: runsOf(200, 1700) },
    )
  })
})

/** OpenAI writes `"usage":null` into each chunk but the last. */
function withNullUsage(stream: string): string {
  return stream.replace(/\}\n\n/g, (end, at: number) =>
    stream.slice(stream.lastIndexOf('data:', at), at).includes('"usage"')
      ? end
      : `,"usage":null${end}`,
  )
}

/** What a server answers, by the path after the endpoint's. */
const answers: Record<string, { status: number; type: string; body: Buffer; headers?: object }> = {
  json: {
    status: 200,
    type: 'application/json',
    body: Buffer.from('{"usage":{"prompt_tokens":"10","completion_tokens":-3}}'),
  },
  none: { status: 200, type: 'application/json', body: Buffer.from('this is not JSON') },
  empty: { status: 204, type: 'application/json', body: Buffer.alloc(0) },
  refused: {
    status: 429,
    type: 'application/json',
    body: Buffer.from('{"error":{"message":"slow down"}}'),
  },
  binary: {
    status: 200,
    type: 'audio/mpeg',
    body: Buffer.from(Array.from({ length: 4096 }, (_, index) => index % 256)),
  },
  gzip: {
    status: 200,
    type: 'application/json',
    body: gzipSync('{"usage":{"prompt_tokens":10,"completion_tokens":3}}'),
    headers: { 'content-encoding': 'gzip' },
  },
  garbage: {
    status: 200,
    type: 'text/event-stream',
    body: Buffer.from('data: {"choices":\n\ndata: null\n\n: x\n\ndata: []\n\n'),
  },
  long: {
    status: 200,
    type: 'text/event-stream',
    body: Buffer.from(`data: "${'x'.repeat(6e6)}"\n\ndata: [DONE]\n\n`),
  },
  large: {
    status: 200,
    type: 'application/json',
    body: Buffer.from(
      `{"data":"${'x'.repeat(20e6)}","usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13}}`,
    ),
  },
}

describe('whatever a server answers, and however it is read, costspan changes nothing', () => {
  let server: Server
  let url = ''
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume()
      request.on('end', () => {
        const name = new URL(request.url ?? '', 'http://x').searchParams.get('answer') ?? ''
        if (name === 'cut') {
          response.writeHead(200, { 'content-type': 'text/event-stream' })
          response.write('data: {"choices":[]}\n\n')
          setTimeout(() => response.destroy(), 20)
          return
        }
        const { status, type, body, headers } = answers[name] ?? {
          status: 404,
          type: 'text/plain',
          body: '',
        }
        response.writeHead(status, { 'content-type': type, ...headers }).end(body)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const ways: Record<string, (response: Response) => Promise<unknown>> = {
    text: (response) => response.text(),
    json: (response) => response.json(),
    bytes: async (response) => Buffer.from(await response.arrayBuffer()).toString('base64'),
    clone: async (response) => [await response.clone().text(), await response.text()],
    'own buffer': async (response) => {
      const reader = response.body?.getReader({ mode: 'byob' })
      const hash = createHash('sha256')
      for (;;) {
        const read = await reader?.read(new Uint8Array(1024))
        if (read === undefined || read.done) return hash.digest('hex')
        hash.update(read.value)
      }
    },
    twice: async (response) => [await response.text(), await response.text()],
    never: () => Promise.resolve('unread'),
    'left at once': async (response) => response.body?.cancel(),
  }
  const inits: Record<string, (url: string) => Parameters<Fetch>> = {
    string: (address) => [address, { method: 'POST', body: '{"model":"gpt-4o"}' }],
    URL: (address) => [new URL(address), { method: 'POST', body: '{"model":"gpt-4o"}' }],
    Request: (address) => [
      new Request(address, {
        method: 'POST',
        body: '{"model":"gpt-4o"}',
        headers: { 'content-type': 'application/json' },
      }),
    ],
    bytes: (address) => [
      address,
      { method: 'POST', body: new TextEncoder().encode('{"model":"gpt-4o"}') },
    ],
    stream: (address) => [
      address,
      { method: 'POST', body: new Blob(['{"model":"gpt-4o"}']).stream(), duplex: 'half' } as never,
    ],
    form: (address) => [address, { method: 'POST', body: new FormData() }],
    'no body': (address) => [address, { method: 'POST' }],
    'not JSON': (address) => [address, { method: 'POST', body: '{"model":' }],
  }

  /** All that a caller can see. */
  async function outcome(
    send: Fetch,
    args: Parameters<Fetch>,
    read: (response: Response) => Promise<unknown>,
  ) {
    let response: Response
    try {
      response = await send(...args)
    } catch (error) {
      return { thrown: String(error) }
    }
    const seen = {
      status: response.status,
      statusText: response.statusText,
      url: response.url,
      type: response.type,
      redirected: response.redirected,
      ok: response.ok,
      headers: Object.fromEntries([...response.headers].filter(([name]) => name !== 'date')),
      isResponse: response instanceof Response,
    }
    try {
      return { ...seen, read: await read(response), used: response.bodyUsed }
    } catch (error) {
      return { ...seen, error: (error as Error).name, message: (error as Error).message }
    }
  }

  const names = [...Object.keys(answers), 'cut']
  describe.each(names)('%s', (name) => {
    test.each(Object.keys(ways))('read as %s', { timeout: 60_000 }, async (way) => {
      const read = ways[way]!
      // Long answers by one way of sending alone.
      const some = name === 'large' || name === 'long' ? [inits['string']!] : Object.values(inits)
      for (const init of some) {
        const address = `${url}?answer=${name}`
        const plain = await outcome(globalThis.fetch, init(address), read)
        const charged = await outcome(
          costFetch({ provider: 'openai', onCharge: () => {} }),
          init(address),
          read,
        )
        expect(charged).toEqual(plain)
      }
    })
  })

  test('a server that cannot be reached', async () => {
    const send = costFetch({ provider: 'openai' })
    await expect(
      send('http://127.0.0.1:1/v1/chat/completions', { method: 'POST' }),
    ).rejects.toThrow('fetch failed')
  })
})

test('an answer with a status text that is not Latin-1 comes out as it went in', async () => {
  const body = '{"usage":{"prompt_tokens":10,"completion_tokens":3}}'
  const server = createSocketServer((socket) =>
    socket.once('data', () =>
      socket.end(
        `HTTP/1.1 200 成功\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      ),
    ),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const charges: Charge[] = []
  const send = costFetch({ provider: 'openai', onCharge: (charge) => charges.push(charge) })
  const response = await send(`http://127.0.0.1:${port}/v1/chat/completions`, post({ model: 'm' }))
  expect(response.statusText).toBe('成功')
  expect(response.clone().statusText).toBe('成功')
  expect(await response.text()).toBe(body)
  expect(charges).toHaveLength(1)
  server.close()
})

test('an answer that cannot be constructed again is passed on as it is, and charged', async () => {
  const headers = new Headers({ 'content-type': 'application/json' })
  const answer = { ok: true, status: 999, statusText: '', headers, body: new Blob(['{}']).stream() }
  const charges: Charge[] = []
  const send = costFetch({
    provider: 'openai',
    onCharge: (charge) => charges.push(charge),
    fetch: () => Promise.resolve(answer as unknown as Response),
  })
  expect(await send('http://127.0.0.1/v1/chat/completions', post({ model: 'm' }))).toBe(answer)
  expect(answer.body.locked).toBe(false)
  expect(charges).toHaveLength(1)
})

describe('a Request with a stream as its body', () => {
  /** Sends nothing, and notes what it is to send. */
  function sending() {
    const sent: Request[] = []
    const send = costFetch({
      provider: 'openai',
      onCharge: () => {},
      fetch: (input) => {
        sent.push(input as Request)
        return Promise.resolve(new Response('{}', { headers: json }))
      },
    })
    return { sent, send }
  }
  const json = { 'content-type': 'application/json' }
  const request = (body: ReadableStream, signal?: AbortSignal): Request =>
    new Request('http://127.0.0.1/v1/chat/completions', {
      method: 'POST',
      headers: json,
      duplex: 'half',
      body,
      ...(signal && { signal }),
    })

  test('is sent before the stream has ended, and whole', async () => {
    const wire = new TransformStream<Uint8Array, Uint8Array>()
    const writer = wire.writable.getWriter()
    const { sent, send } = sending()
    void writer.write(new TextEncoder().encode('{"model":'))
    await send(request(wire.readable))
    expect(sent).toHaveLength(1)
    void writer.write(new TextEncoder().encode('"m"}'))
    void writer.close()
    expect(await sent[0]?.text()).toBe('{"model":"m"}')
  })

  test('is sent before it is read whole if it is long', async () => {
    let pulled = 0
    const { send } = sending()
    await send(
      request(
        new ReadableStream({
          pull(controller) {
            // It would have no end.
            if (++pulled > 100) controller.error(new Error('read whole'))
            else controller.enqueue(new Uint8Array(1_000_000))
          },
        }),
      ),
    )
    expect(pulled).toBeLessThan(10)
  })

  test('is not waited for once the call is aborted', async () => {
    const abort = new AbortController()
    const { sent, send } = sending()
    const answered = send(request(new ReadableStream(), abort.signal))
    abort.abort()
    await answered
    expect(sent[0]?.signal.aborted).toBe(true)
  })
})

test('headers that can be read only once are sent', async () => {
  let authorization: unknown
  const send = costFetch({
    provider: 'openai',
    onCharge: () => {},
    fetch: (_, init) => {
      authorization = new Headers(init?.headers).get('authorization')
      return Promise.resolve(new Response('{}'))
    },
  })
  await send('http://127.0.0.1/v1/chat/completions', {
    ...post({ model: 'm', stream: true }),
    headers: new Map([['authorization', 'Bearer key']]).entries() as unknown as NonNullable<
      RequestInit['headers']
    >,
  })
  expect(authorization).toBe('Bearer key')
})
