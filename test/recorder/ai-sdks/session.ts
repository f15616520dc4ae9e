import { setTimeout as sleep } from 'node:timers/promises'
import { openModels } from './models.ts'
import type { Fetch, Models } from './models.ts'
import { registerTelemetryOnce, telemetrySettings } from './telemetry-settings.ts'
import type {
  Attribute,
  CallOptions,
  Lane,
  ObjectStreamCall,
  ScenarioProvider,
  Session,
  StreamCall,
  TextCall,
  Who,
} from './lane.ts'

/** The functions that all majors of the AI SDK share; their options differ, so they are not typed here. */
interface Sdk {
  generateText(options: object): Promise<unknown>
  streamText(options: object): Streamed
  generateObject(options: object): Promise<unknown>
  streamObject(options: object): Streamed
  embed(options: object): Promise<unknown>
  embedMany(options: object): Promise<unknown>
  rerank(options: object): Promise<unknown>
  jsonSchema(schema: object): unknown
  stepCountIs(count: number): unknown
}

interface Streamed {
  fullStream: AsyncIterable<{ type: string; error?: unknown }>
}

export interface SessionOptions {
  provider: ScenarioProvider
  url: string
  model: string
  who: Who | undefined
  attribute: Attribute | undefined
  fetch?: Fetch | undefined
}

export async function openSession(lane: Lane, options: SessionOptions): Promise<Session> {
  const sdk = (await lane.ai.load()) as Sdk
  const models = await openModels(lane, options.provider, options.url, options.fetch)
  if (lane.telemetry !== undefined) await registerTelemetryOnce(lane.telemetry)
  const opened: Opened = { lane, sdk, models, options }
  return {
    lane: lane.name,
    major: lane.major,
    generateText: async (call) => {
      const settings = await textSettings(opened, call)
      await attributed(opened, call, () => sdk.generateText(settings))
    },
    streamText: (call) => streamText(opened, call),
    generateObject: async (call) => {
      const settings = await objectSettings(opened, call)
      await attributed(opened, call, () => sdk.generateObject(settings))
    },
    streamObject: (call) => streamObject(opened, call),
    embed: async (call) => {
      const settings = await commonSettings(opened, call)
      const model = models.embedding(call.model ?? options.model)
      await attributed(opened, call, () => sdk.embed({ ...settings, model, value: call.value }))
    },
    embedMany: async ({ values, chunk, ...call }) => {
      const settings = await commonSettings(opened, call)
      const model = models.embedding(call.model ?? options.model)
      if (chunk !== undefined)
        Object.defineProperty(model, 'maxEmbeddingsPerCall', { value: chunk })
      // One request after the other: the order of spans must not depend on the network.
      const request = { ...settings, model, values, maxParallelCalls: 1 }
      await attributed(opened, call, () => sdk.embedMany(request))
    },
    rerank: async ({ query, documents, ...call }) => {
      const settings = await commonSettings(opened, call)
      const model = models.reranking(call.model ?? options.model)
      await attributed(opened, call, () => sdk.rerank({ ...settings, model, query, documents }))
    },
  }
}

interface Opened {
  lane: Lane
  sdk: Sdk
  models: Models
  options: SessionOptions
}

/** The user whom a call itself names. */
function whoOf({ options }: Opened, call: CallOptions): Who | undefined {
  return call.who === null ? undefined : (call.who ?? options.who)
}

/** Major 7 has no metadata: there the caller of the scenario decides how a user gets onto the spans. */
function attributed<T>(opened: Opened, call: CallOptions, work: () => T): T {
  const who = whoOf(opened, call)
  const { attribute } = opened.options
  const byAttribute = opened.lane.major === 7 && call.whoInRuntimeContext !== true
  return byAttribute && attribute && who ? attribute(who, work) : work()
}

async function commonSettings(opened: Opened, call: CallOptions): Promise<object> {
  return {
    maxRetries: call.maxRetries ?? 0,
    ...(await telemetrySettings(opened.lane, call, whoOf(opened, call))),
  }
}

async function textSettings(opened: Opened, call: TextCall): Promise<object> {
  const { models, options } = opened
  return {
    ...(await commonSettings(opened, call)),
    model: models.language(call.model ?? options.model),
    prompt: call.prompt,
    ...toolSettings(opened, call),
    ...stepSettings(opened, call),
  }
}

function toolSettings({ lane, sdk, models }: Opened, { tools = {}, webSearch }: TextCall): object {
  const schema = sdk.jsonSchema({ type: 'object', properties: { city: { type: 'string' } } })
  const named = Object.entries(tools).map(([name, tool]) => {
    const input = lane.major === 4 ? { parameters: schema } : { inputSchema: schema }
    return [name, { ...tool, ...input }] as const
  })
  const all = { ...Object.fromEntries(named), ...(webSearch && { web_search: models.webSearch() }) }
  return Object.keys(all).length > 0 ? { tools: all } : {}
}

function stepSettings({ lane, sdk, models }: Opened, { steps = 1, modelOfStep }: TextCall): object {
  if (steps === 1) return {}
  if (lane.major === 4) return { maxSteps: steps }
  const prepareStep = ({ stepNumber }: { stepNumber: number }) => {
    const modelId = modelOfStep?.[stepNumber]
    return modelId === undefined ? {} : { model: models.language(modelId) }
  }
  return { stopWhen: sdk.stepCountIs(steps), ...(modelOfStep && { prepareStep }) }
}

async function objectSettings(
  opened: Opened,
  call: CallOptions & { prompt: string },
): Promise<object> {
  const schema = opened.sdk.jsonSchema({
    type: 'object',
    properties: { city: { type: 'string' }, degrees: { type: 'number' } },
    required: ['city'],
  })
  return {
    ...(await commonSettings(opened, call)),
    model: opened.models.language(call.model ?? opened.options.model),
    prompt: call.prompt,
    schema,
  }
}

async function streamText(opened: Opened, call: StreamCall): Promise<void> {
  const settings = await textSettings(opened, call)
  const abort = new AbortController()
  const request = { ...settings, abortSignal: abort.signal, onError: ignore }
  // Only the call is attributed: web handlers return the stream and others read it.
  const { fullStream } = attributed(opened, call, () => opened.sdk.streamText(request))
  if (call.reader === 'never reads') return sleep(IGNORED_MILLISECONDS)
  const errors: unknown[] = []
  for await (const part of fullStream) {
    if (part.type === 'error') errors.push(part.error)
    if (part.type !== 'text-delta') continue
    if (call.reader === 'leaves') break
    if (call.reader === 'aborts') abort.abort()
  }
  throwFirst(errors)
}

async function streamObject(opened: Opened, call: ObjectStreamCall): Promise<void> {
  const settings = await objectSettings(opened, call)
  const abort = new AbortController()
  const request = { ...settings, abortSignal: abort.signal, onError: ignore }
  const { fullStream } = attributed(opened, call, () => opened.sdk.streamObject(request))
  const errors: unknown[] = []
  for await (const part of fullStream) {
    if (part.type === 'error') errors.push(part.error)
    if (call.reader === 'aborts' && part.type === 'object') abort.abort()
  }
  throwFirst(errors)
}

/** After the whole stream, because a reader that stops at the first error also stops the spans from ending. */
function throwFirst(errors: unknown[]): void {
  if (errors.length > 0) throw errors[0]
}

/** How long a stream is ignored: enough for the request to be made. */
const IGNORED_MILLISECONDS = 100

/** Errors reach the scenario through the stream; by default the SDK prints them as well. */
function ignore(): void {}
