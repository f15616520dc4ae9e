import { once } from 'node:events'
import { createServer, get, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Reply } from '../../loopback/exchange.ts'
import type { Lane, ScenarioProvider } from '../../recorder/ai-sdks/lane.ts'
import { openModels, type Fetch } from '../../recorder/ai-sdks/models.ts'
import {
  registerTelemetryOnce,
  telemetrySettings,
} from '../../recorder/ai-sdks/telemetry-settings.ts'
import { spoken, structured } from '../../recorder/scenarios/ingredients.ts'

/** What all majors of the AI SDK have in common, as far as streams break. */
export interface StreamingSdk {
  streamText(more?: object): StreamedText
  streamObject(more?: object): { fullStream: AsyncIterable<{ type: string }> }
}

interface StreamedText {
  fullStream: AsyncIterable<{ type: string }>
  consumeStream(): PromiseLike<void>
  toTextStreamResponse(): Response
  pipeTextStreamToResponse(response: ServerResponse): unknown
}

/** The AI SDK of a lane, asking one provider on the loopback for one model. */
export async function openStreams(
  lane: Lane,
  provider: ScenarioProvider,
  url: string,
  model: string,
  fetch?: Fetch,
): Promise<StreamingSdk> {
  const sdk = (await lane.ai.load()) as {
    streamText(options: object): StreamedText
    streamObject(options: object): ReturnType<StreamingSdk['streamObject']>
    jsonSchema(schema: object): unknown
  }
  const models = await openModels(lane, provider, url, fetch)
  if (lane.telemetry !== undefined) await registerTelemetryOnce(lane.telemetry)
  const settings = {
    prompt: 'What is the weather in Bern?',
    maxRetries: 0,
    onError: () => {},
    ...(await telemetrySettings(lane, {}, undefined)),
  }
  const schema = sdk.jsonSchema({
    type: 'object',
    properties: { city: { type: 'string' }, degrees: { type: 'number' } },
  })
  return {
    streamText: (more) => sdk.streamText({ ...settings, model: models.language(model), ...more }),
    streamObject: (more) =>
      sdk.streamObject({ ...settings, model: models.language(model), schema, ...more }),
  }
}

/** One way in which a stream ends early. */
export interface Way {
  readonly name: string
  /** Answers in the order of the requests; each is a request that the provider serves. */
  readonly replies: readonly Reply[]
  run(sdk: StreamingSdk): Promise<unknown>
  /** Whether the process stops while the stream is open. */
  readonly stops?: true
}

const hangs: Reply = { ...spoken, failure: 'hang' }
/** A reader that leaves is gone before the rest arrives. */
const slow: Reply = { ...spoken, text: 'It is sunny in Bern. '.repeat(40), pauseMilliseconds: 40 }

export const ways: readonly Way[] = [
  {
    name: 'abort signal',
    replies: [hangs],
    run: async (sdk) => {
      const abort = new AbortController()
      await read(sdk.streamText({ abortSignal: abort.signal }), () => abort.abort())
    },
  },
  {
    name: 'abort signal, object',
    replies: [{ ...structured, failure: 'hang' }],
    run: async (sdk) => {
      const abort = new AbortController()
      await read(sdk.streamObject({ abortSignal: abort.signal }), () => abort.abort())
    },
  },
  {
    name: 'client gone, `Response`',
    replies: [slow],
    run: (sdk) => cancelled(sdk.streamText().toTextStreamResponse()),
  },
  {
    name: 'client gone, piped',
    replies: [slow],
    run: (sdk) =>
      clientLeaves((response) => void sdk.streamText().pipeTextStreamToResponse(response)),
  },
  {
    name: 'client gone, `consumeStream`',
    replies: [slow],
    run: async (sdk) => {
      const result = sdk.streamText()
      await Promise.all([cancelled(result.toTextStreamResponse()), result.consumeStream()])
    },
  },
  {
    name: 'loop left',
    replies: [slow],
    run: leaveLoop,
  },
  {
    name: 'loop left, short answer',
    replies: [{ ...spoken, pauseMilliseconds: 40 }],
    run: leaveLoop,
  },
  {
    name: 'never read',
    replies: [spoken],
    run: async (sdk) => {
      sdk.streamText()
      // Until the provider has the request, also on a machine that is busy.
      await sleep(500)
    },
  },
  { name: 'socket cut', replies: [{ ...spoken, failure: 'cut' }], run: readAll },
  { name: 'error event', replies: [{ ...spoken, failure: 'error-event' }], run: readAll },
  {
    name: 'process stops',
    replies: [hangs],
    stops: true,
    // As soon as there is something of it.
    run: (sdk) => new Promise<void>((begun) => void read(sdk.streamText(), begun)),
  },
  {
    name: 'retry',
    replies: [{ ...spoken, failure: { status: 500 } }, spoken],
    run: (sdk) => read(sdk.streamText({ maxRetries: 1 })),
  },
  {
    name: 'retry, then cut',
    replies: [
      { ...spoken, failure: { status: 500 } },
      { ...spoken, failure: 'cut' },
    ],
    run: (sdk) => read(sdk.streamText({ maxRetries: 1 })),
  },
]

async function leaveLoop(sdk: StreamingSdk): Promise<void> {
  for await (const { type } of sdk.streamText().fullStream) if (isContent(type)) break
}

async function readAll(sdk: StreamingSdk): Promise<void> {
  await read(sdk.streamText())
}

/** To the end; some majors throw what broke the stream, others have it in the stream. */
async function read(
  { fullStream }: { fullStream: AsyncIterable<{ type: string }> },
  atFirst: () => void = () => {},
): Promise<void> {
  try {
    for await (const { type } of fullStream) if (isContent(type)) atFirst()
  } catch {
    // It is broken on purpose.
  }
}

function isContent(type: string): boolean {
  return type === 'text-delta' || type === 'object'
}

/** As a web server does whose client leaves. */
async function cancelled({ body }: Response): Promise<void> {
  const reader = body?.getReader()
  await reader?.read()
  await reader?.cancel()
}

/** A server of Node's, and a client that leaves after the first of the answer. */
async function clientLeaves(respond: (response: ServerResponse) => void): Promise<void> {
  const server = createServer((_, response) => respond(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const request = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  request.on('error', () => {})
  const [answer] = (await once(request, 'response')) as [AsyncIterable<unknown>]
  try {
    for await (const _ of answer) break
  } finally {
    request.destroy()
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
}
