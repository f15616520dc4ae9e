import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CostSpanProcessor } from 'costspan'
import { costFetch, type Fetch } from 'costspan/clients'
import { exchangeOf, streamOf } from '../test/clients/exchanges.ts'
import { openaiChat } from '../test/loopback/wire/openai-chat.ts'
import { anthropicMessages } from '../test/loopback/wire/anthropic.ts'
import { median } from './statistics.ts'
import { table } from './table.ts'

/*
 * What `costFetch` adds to `fetch` on loopback, in pairs that take turns: for each event of a stream, and for an answer of 4 kB.
 */
const isQuick = process.argv.includes('--quick')
/** V8 compiles what runs for each request after some thousand of them. */
const requests = isQuick ? 4 : 200
const answers = isQuick ? 4 : 6000
const JSON_BYTES = 4096

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new CostSpanProcessor({ warnings: () => {} })] }),
)

const text = 'The sky is blue, because air scatters blue light most. '.repeat(100)
const usage = { uncachedInput: 1000, outputText: 1200 }
const whole = JSON.stringify({
  ...(openaiChat.whole(exchangeOf({ text: 'x'.repeat(JSON_BYTES - 500), usage })) as object),
})

interface Case {
  readonly name: string
  readonly path: string
  readonly type: string
  readonly body: string
  /** By how many the difference is divided. */
  readonly events: number
  readonly limit: string
}

function streamCase(name: string, path: string, body: string): Case {
  return {
    name,
    path,
    type: 'text/event-stream',
    body,
    events: body.split('\n\n').length - 1,
    limit: '4 µs',
  }
}

const cases: Case[] = [
  streamCase(
    'an event of a chat',
    '/v1/chat/completions',
    streamOf(openaiChat, exchangeOf({ text, usage })),
  ),
  streamCase(
    'an event of a message',
    '/v1/messages',
    streamOf(anthropicMessages, exchangeOf({ text, usage })),
  ),
  {
    name: `an answer of ${whole.length} bytes`,
    path: '/v1/chat/completions',
    type: 'application/json',
    body: whole,
    events: 1,
    limit: '100 µs',
  },
]

const server: Server = createServer((request, response) => {
  request.resume().on('end', () => {
    const { type, body } = cases[Number(request.headers['x-case'])] ?? cases[0]!
    response.writeHead(200, { 'content-type': type })
    // As a provider sends it: event by event.
    if (type.includes('event')) for (const event of body.split(/(?<=\n\n)/)) response.write(event)
    else response.write(body)
    response.end()
  })
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

async function run(send: Fetch, index: number, path: string): Promise<number> {
  const before = performance.now()
  const response = await send(url + path, {
    method: 'POST',
    headers: { 'x-case': String(index), 'content-type': 'application/json' },
    body: '{"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true},"messages":[]}',
  })
  if (response.body === null) throw new Error('no body')
  const reader = response.body.getReader()
  while (!(await reader.read()).done);
  return (performance.now() - before) * 1000
}

const rows = [['added to fetch', 'µs', 'limit']]
for (const [index, { name, path, events, limit }] of cases.entries()) {
  const costs = costFetch({ provider: path.includes('messages') ? 'anthropic' : 'openai' })
  const differences: number[] = []
  const rounds = events === 1 ? answers : requests
  for (let round = 0; round < rounds; round++) {
    // One after the other, each first in every second round.
    const order: Fetch[] = round % 2 === 0 ? [fetch, costs] : [costs, fetch]
    const first = await run(order[0]!, index, path)
    const second = await run(order[1]!, index, path)
    if (round >= rounds / 4) differences.push(round % 2 === 0 ? second - first : first - second)
  }
  rows.push([name, (median(differences) / events).toFixed(1), limit])
}
process.stdout.write(`${table(rows)}\n`)
server.closeAllConnections()
server.close()
