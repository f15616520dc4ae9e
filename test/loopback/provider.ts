/* oxlint-disable no-await-in-loop -- frames leave in order */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { billFor } from './bill.ts'
import type {
  Exchange,
  Frame,
  Headers,
  ProviderName,
  ProviderRequest,
  ProviderUsage,
  Reply,
  RequestReading,
  StreamedAnswer,
  WireFormat,
} from './exchange.ts'
import { anthropicMessages } from './wire/anthropic.ts'
import { bedrockConverse } from './wire/bedrock.ts'
import { cohereChat, cohereEmbeddings, cohereRerank } from './wire/cohere.ts'
import { gatewayEmbedding, gatewayLanguage } from './wire/gateway.ts'
import { googleEmbeddings, googleGenerate } from './wire/google.ts'
import { openaiChat } from './wire/openai-chat.ts'
import { openaiEmbeddings } from './wire/openai-embeddings.ts'
import { openaiResponses } from './wire/openai-responses.ts'

const WIRE_FORMATS: Record<ProviderName, WireFormat[]> = {
  openai: [openaiChat, openaiResponses, openaiEmbeddings],
  azure: [openaiChat, openaiResponses, openaiEmbeddings],
  anthropic: [anthropicMessages],
  google: [googleGenerate, googleEmbeddings],
  bedrock: [bedrockConverse],
  gateway: [gatewayLanguage, gatewayEmbedding],
  cohere: [cohereChat, cohereEmbeddings, cohereRerank],
  // They have OpenAI's formats.
  groq: [openaiChat, openaiEmbeddings],
  togetherai: [openaiChat, openaiEmbeddings],
  mistral: [openaiChat, openaiEmbeddings],
}

/** The dated models behind the aliases and deployments that requests name. */
const ANSWERING_MODELS: Record<string, string> = {
  'gpt-4o': 'gpt-4o-2024-08-06',
  'gpt-4o-mini': 'gpt-4o-mini-2024-07-18',
  'gpt-5': 'gpt-5-2025-08-07',
  'gpt-5-mini': 'gpt-5-mini-2025-08-07',
  'claude-sonnet-4-5': 'claude-sonnet-4-5-20250929',
  'claude-haiku-4-5': 'claude-haiku-4-5-20251001',
  'team-chat': 'gpt-4o-2024-08-06',
  'team-embedding': 'text-embedding-3-small',
}

export interface ServedCall {
  provider: ProviderName
  endpoint: string
  /** The model that answered. */
  model: string
  stream: boolean
  status: number
  /** How the answer ended: in full, or how it broke off. */
  outcome: 'complete' | 'refused' | 'cut' | 'error-event' | 'abandoned'
  /** What the call used; undefined when the provider does not report it. */
  usage?: ProviderUsage
  /** What the provider bills; undefined when it has no such price, 0 for HTTP errors. */
  usd?: number
}

export interface LoopbackProvider {
  url: string
  calls: ServedCall[]
  close(): Promise<void>
}

export interface ProviderOptions {
  reply: (request: ProviderRequest) => Reply
  /** Stem of the ids in the answers; answers of two servers differ when their names do. */
  name?: string
}

/** A server on 127.0.0.1 that answers in the wire formats of all providers, below `/<provider>`. */
export async function startProvider({
  reply,
  name = 'loopback',
}: ProviderOptions): Promise<LoopbackProvider> {
  const calls: ServedCall[] = []
  let received = 0

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming)
    const recognised = recognise(incoming, body)
    if (recognised === undefined) {
      response.writeHead(404).end(`The loopback has no ${incoming.method} ${incoming.url}`)
      return
    }
    received += 1
    const request = { ...recognised.request, number: received }
    const answer = reply(request)
    const model = answer.model ?? ANSWERING_MODELS[request.model] ?? request.model
    const exchange = { request, reply: answer, model, id: `${name}_${received}` }
    calls.push(billedCall(exchange))
    if (answer.delayMilliseconds !== undefined) await sleep(answer.delayMilliseconds)
    await send(recognised.format, exchange, response)
  }

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
  return { url: `http://127.0.0.1:${port}`, calls, close }
}

async function bodyOf(incoming: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}

function recognise(incoming: IncomingMessage, body: Record<string, unknown>) {
  const { pathname } = new URL(incoming.url ?? '/', 'http://127.0.0.1')
  const [, first = '', ...rest] = pathname.split('/')
  const provider = first as ProviderName
  const endpoint = `/${rest.join('/')}`
  const headers = incoming.headers as Headers
  for (const format of WIRE_FORMATS[provider] ?? []) {
    const reading = format.read(endpoint, body, headers)
    if (reading === undefined) continue
    const request = { provider, endpoint, body, headers, ...complete(reading) }
    return { format, request }
  }
  return undefined
}

function complete({ model, stream, tools = [], values = 0 }: RequestReading) {
  return { model, stream, tools, values }
}

function billedCall({ request, reply, model }: Exchange): ServedCall {
  const { provider, endpoint, stream } = request
  const status = statusOf(reply) ?? 200
  const usage = status < 400 ? reply.usage : undefined
  const usd = billFor({ provider, model, status, usage })
  return {
    provider,
    endpoint,
    model,
    stream,
    status,
    outcome: outcomeOf(reply),
    ...(usage && { usage }),
    ...(usd !== undefined && { usd }),
  }
}

function outcomeOf({ failure }: Reply): ServedCall['outcome'] {
  if (failure === undefined) return 'complete'
  if (typeof failure === 'object') return 'refused'
  return failure === 'hang' ? 'abandoned' : failure
}

function statusOf({ failure }: Reply): number | undefined {
  return typeof failure === 'object' ? failure.status : undefined
}

async function send(
  format: WireFormat,
  exchange: Exchange,
  response: ServerResponse,
): Promise<void> {
  const status = statusOf(exchange.reply)
  if (status !== undefined) {
    // AI SDK 5 and later wait no longer than this before they try again.
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after-ms': '1' })
    response.end(JSON.stringify(format.refusal(status)))
  } else if (exchange.request.stream && format.streamed !== undefined) {
    await sendStream(format.streamed(exchange), exchange.reply, response)
  } else if (exchange.reply.failure !== undefined) {
    await breakOff(exchange.reply.failure, response)
  } else {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(format.whole(exchange)))
  }
}

async function sendStream(
  { contentType, opening, closing, failing }: StreamedAnswer,
  { failure, pauseMilliseconds }: Reply,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, { 'content-type': contentType })
  await write(response, opening)
  if (pauseMilliseconds !== undefined) await sleep(pauseMilliseconds)
  if (failure === undefined) {
    await write(response, closing)
    response.end()
  } else if (failure === 'error-event') {
    await write(response, failing)
    response.end()
  } else {
    await breakOff(failure, response)
  }
}

async function write(response: ServerResponse, frames: Frame[]): Promise<void> {
  for (const frame of frames) {
    response.write(frame)
    // One turn of the event loop each, so that the client reads frames and not one lump.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Long enough for the client to have read what was sent before the socket closes. */
const CUT_AFTER_MILLISECONDS = 50

async function breakOff(failure: Reply['failure'], response: ServerResponse): Promise<void> {
  if (failure === 'hang') {
    await new Promise<void>((resolve) => response.once('close', resolve))
    return
  }
  await sleep(CUT_AFTER_MILLISECONDS)
  response.destroy()
}
