import type { Operation } from '../conventions/model-call.ts'

/** The form of a provider's answers at an endpoint. */
export type AnswerFormat =
  | 'openai-chat'
  | 'openai-completions'
  | 'openai-responses'
  | 'openai-embeddings'
  | 'openai-images'
  | 'openai-speech'
  | 'openai-transcription'
  | 'anthropic-messages'
  | 'google-generate'
  | 'google-embed'
  | 'cohere-chat'
  | 'cohere-embed'
  | 'cohere-rerank'

/** What the address of a request states of its call. */
export interface Endpoint {
  /** As the GenAI conventions name it, where they do: `openai`, `gcp.vertex_ai`. Else the option of the user. */
  readonly provider: string
  readonly operation: Operation
  readonly format: AnswerFormat
  /** The model or Azure deployment, if the path names it; else the request body does. */
  readonly model: string | undefined
  /** Whether the answer is a stream, if the path decides it; else the request body does. */
  readonly streams: boolean | undefined
  /** The region of the host or of the path, lower case; `undefined` if neither names one, or if it is `global`. */
  readonly region: string | undefined
}

/** Longer paths belong to no provider. */
const LONGEST_PATH = 2048

interface Service {
  readonly provider: string
  readonly region: string | undefined
  /** What its paths begin with. */
  readonly below: string
}

/**
 * Returns the endpoint that a request is for, or `undefined` if it is no call that is read: another host, or another
 * path. With a provider the host may be any, such as that of a proxy, and the path alone decides.
 */
export function endpointOf(url: URL, provider: string | undefined): Endpoint | undefined {
  const { protocol, pathname } = url
  if (protocol !== 'https:' && protocol !== 'http:') return undefined
  if (pathname.length > LONGEST_PATH) return undefined
  const service =
    provider === undefined ? serviceAt(url.hostname) : { provider, region: undefined, below: '/' }
  if (service === undefined || !pathname.startsWith(service.below)) return undefined
  const segments = pathname.split('/')
  if (segments.at(-1) === '') segments.pop()
  const route = routeOf(segments)
  if (route === undefined) return undefined
  return {
    provider: provider ?? providerOf(service, segments),
    operation: operations[route.format],
    format: route.format,
    model: route.model,
    streams: route.streams,
    region: service.region ?? regionOf(segments),
  }
}

/** Azure serves models of other makers than OpenAI below `/models` and `/anthropic`, under a name of their own. */
function providerOf(service: Service, segments: readonly string[]): string {
  const isInference = segments[1] === 'models' || segments[1] === 'anthropic'
  return service.provider === AZURE && isInference ? 'azure.ai.inference' : service.provider
}

const AZURE = 'azure.ai.openai'
const VERTEX = 'gcp.vertex_ai'

const servicesByHost = new Map<string, Service>(
  (
    [
      ['api.openai.com', 'openai'],
      ['api.anthropic.com', 'anthropic'],
      ['generativelanguage.googleapis.com', 'gcp.gemini'],
      ['aiplatform.googleapis.com', VERTEX],
      ['openrouter.ai', 'openrouter', '/api/'],
      ['eu.openrouter.ai', 'openrouter', '/api/'],
      // The protocol of the AI SDK below `/v3/ai` is not read: the AI SDK has spans of its own.
      ['ai-gateway.vercel.sh', 'gateway', '/v1/'],
      ['api.groq.com', 'groq'],
      ['api.deepseek.com', 'deepseek'],
      ['api.x.ai', 'x_ai'],
      ['api.mistral.ai', 'mistral_ai'],
      ['codestral.mistral.ai', 'mistral_ai'],
      ['api.cohere.com', 'cohere'],
      ['api.cohere.ai', 'cohere'],
      ['api.together.xyz', 'togetherai'],
      ['api.together.ai', 'togetherai'],
      ['api.fireworks.ai', 'fireworks'],
      ['api.perplexity.ai', 'perplexity'],
      ['api.cerebras.ai', 'cerebras'],
      ['api.moonshot.ai', 'moonshotai'],
      ['api.moonshot.cn', 'moonshotai'],
    ] as const
  ).map(([host, provider, below = '/']) => [host, { provider, region: undefined, below }]),
)

const azureHosts = ['.openai.azure.com', '.cognitiveservices.azure.com', '.services.ai.azure.com']

function serviceAt(hostname: string): Service | undefined {
  // A final dot names the root of all names: it is the same host.
  const host = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname
  return servicesByHost.get(host) ?? regionalService(host)
}

/** Services with hosts for regions or customers. All but the variable part is compared, with its dot or dash. */
function regionalService(host: string): Service | undefined {
  const openAi = labelOf(host, '', '.api.openai.com')
  if (openAi !== undefined) return { provider: 'openai', region: openAi, below: '/' }
  const vertex =
    labelOf(host, '', '-aiplatform.googleapis.com') ??
    labelOf(host, 'aiplatform.', '.rep.googleapis.com')
  if (vertex !== undefined) return { provider: VERTEX, region: vertex, below: '/' }
  if (azureHosts.some((suffix) => labelOf(host, '', suffix) !== undefined)) {
    return { provider: AZURE, region: undefined, below: '/' }
  }
  // Its interface that is compatible with OpenAI. What AWS's own client calls is not read.
  const aws = labelOf(host, 'bedrock-runtime.', '.amazonaws.com')
  return aws === undefined
    ? undefined
    : { provider: 'aws.bedrock', region: undefined, below: '/openai/' }
}

/** The one label between a prefix and a suffix. */
function labelOf(host: string, prefix: string, suffix: string): string | undefined {
  if (!host.startsWith(prefix) || !host.endsWith(suffix)) return undefined
  const label = host.slice(prefix.length, -suffix.length)
  return label === '' || label.includes('.') ? undefined : label
}

const operations: Readonly<Record<AnswerFormat, Operation>> = {
  'openai-chat': 'chat',
  'openai-completions': 'chat',
  'openai-responses': 'chat',
  'openai-embeddings': 'embeddings',
  // Spans and prices have no operation for images: their tokens are those of a chat.
  'openai-images': 'chat',
  'openai-speech': 'speech',
  'openai-transcription': 'transcription',
  'anthropic-messages': 'chat',
  'google-generate': 'chat',
  'google-embed': 'embeddings',
  'cohere-chat': 'chat',
  'cohere-embed': 'embeddings',
  'cohere-rerank': 'rerank',
}

type Route = Pick<Endpoint, 'format' | 'model' | 'streams'>

function routeOf(segments: readonly string[]): Route | undefined {
  const last = decoded(segments.at(-1) ?? '')
  const colon = last.lastIndexOf(':')
  if (colon !== -1) return googleRoute(segments, last.slice(0, colon), last.slice(colon + 1))
  const format = formatOf(segments, last)
  return format && { format, model: deploymentIn(segments), streams: undefined }
}

/** By the last segment of the path, and those before it where they decide. */
function formatOf(segments: readonly string[], last: string): AnswerFormat | undefined {
  const before = segments.at(-2)
  switch (last) {
    case 'completions':
      // Mistral answers to code to fill in, and for its agents, as to a chat.
      return before === 'chat' || before === 'fim' || before === 'agents'
        ? 'openai-chat'
        : 'openai-completions'
    case 'responses':
      return 'openai-responses'
    case 'embeddings':
      return 'openai-embeddings'
    case 'generations':
    case 'edits':
      return before === 'images' ? 'openai-images' : undefined
    case 'speech':
      return before === 'audio' ? 'openai-speech' : undefined
    case 'transcriptions':
    case 'translations':
      return before === 'audio' ? 'openai-transcription' : undefined
    case 'messages':
      // OpenAI's Assistants keep messages in threads, which costs nothing.
      return segments.at(-3) === 'threads' ? undefined : 'anthropic-messages'
    default:
      return before === 'v1' || before === 'v2' ? cohereFormats.get(last) : undefined
  }
}

const cohereFormats = new Map<string, AnswerFormat>([
  ['chat', 'cohere-chat'],
  ['embed', 'cohere-embed'],
  ['rerank', 'cohere-rerank'],
])

/** Google's methods follow the model: `models/gemini-2.5-flash:generateContent`. */
function googleRoute(segments: readonly string[], id: string, method: string): Route | undefined {
  const collection = segments.at(-2)
  // Tuned models, and on Vertex AI the endpoints that serve them.
  if (collection !== 'models' && collection !== 'tunedModels' && collection !== 'endpoints') {
    return undefined
  }
  const model = id === '' ? undefined : id
  switch (method) {
    case 'generateContent':
    case 'streamGenerateContent':
      return { format: 'google-generate', model, streams: method === 'streamGenerateContent' }
    case 'embedContent':
    case 'batchEmbedContents':
      return { format: 'google-embed', model, streams: false }
    case 'rawPredict':
    case 'streamRawPredict': {
      const format = publisherFormats.get(segments.at(-3) ?? '')
      // Counting tokens is free of charge.
      if (format === undefined || id === 'count-tokens') return undefined
      return { format, model, streams: method === 'streamRawPredict' }
    }
    default:
      return undefined
  }
}

/** Vertex AI hands a raw request on to the model of another publisher, whose answer has the publisher's form. */
const publisherFormats = new Map<string, AnswerFormat>([
  ['anthropic', 'anthropic-messages'],
  ['mistralai', 'openai-chat'],
])

/** Azure: `/openai/deployments/{deployment}/chat/completions`. */
function deploymentIn(segments: readonly string[]): string | undefined {
  const at = segments.indexOf('deployments')
  const deployment = at === -1 ? undefined : segments[at + 1]
  return deployment === undefined || deployment === '' ? undefined : decoded(deployment)
}

/** Vertex AI: `/v1/projects/{project}/locations/{location}/…`. */
function regionOf(segments: readonly string[]): string | undefined {
  const location = segments[4] === 'locations' ? segments[5]?.toLowerCase() : undefined
  return location === 'global' || location === '' ? undefined : location
}

/** A malformed escape is kept as it is. */
function decoded(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
