/** The providers the loopback server can play; each lives under the path prefix of its name. */
export type ProviderName =
  | 'openai'
  | 'anthropic'
  | 'google'
  | 'bedrock'
  | 'azure'
  | 'gateway'
  | 'cohere'
  | 'groq'
  | 'togetherai'
  | 'mistral'

/**
 * What a call really used, in disjoint amounts: no field contains another one.
 * Every wire format renders it the way its provider reports it.
 */
export interface ProviderUsage {
  uncachedInput: number
  cacheRead?: number
  cacheWrite5m?: number
  cacheWrite1h?: number
  audioInput?: number
  outputText?: number
  reasoning?: number
  webSearches?: number
  /** Billed rerank queries; Cohere calls them search units. */
  searchUnits?: number
}

export interface ProviderRequest {
  provider: ProviderName
  /** The path as the provider knows it, without the loopback's prefix. */
  endpoint: string
  /** The model (on Azure: the deployment) that the request names. */
  model: string
  stream: boolean
  /** Names of the tools the request offers, in order. */
  tools: string[]
  /** How many values an embedding or rerank request carries. */
  values: number
  body: Record<string, unknown>
  headers: Record<string, string | undefined>
  /** 1 for the first request that this server received. */
  number: number
}

export interface Reply {
  text?: string
  toolCalls?: { name: string; input: object }[]
  /** A structured answer: JSON text, or the call of the one tool offered where the SDK asks for it so. */
  object?: object
  /** undefined: the provider does not report its usage. */
  usage?: ProviderUsage
  /** The model that answers; by default the dated name behind the one requested. */
  model?: string
  /**
   * `status`: an HTTP error instead of an answer. In streams, after the first half of the text:
   * `cut` closes the socket, `error-event` reports a provider error, `hang` waits until the client leaves.
   */
  failure?: { status: number } | 'cut' | 'error-event' | 'hang'
  /** How long the first byte takes. */
  delayMilliseconds?: number
  /** How long a stream pauses in the middle of the text. */
  pauseMilliseconds?: number
}

export interface Exchange {
  request: ProviderRequest
  reply: Reply
  /** The answering model. */
  model: string
  /** Unique per reply and the same in every run; the stem of all ids in the answer. */
  id: string
}

export type Frame = string | Uint8Array

/** A streamed answer, cut into the part before a possible failure and the rest. */
export interface StreamedAnswer {
  contentType: string
  opening: Frame[]
  closing: Frame[]
  /** What the provider sends in place of `closing` when it fails midway. */
  failing: Frame[]
}

export interface WireFormat {
  /** Reads a request; undefined: the path belongs to another format. */
  read(path: string, body: Record<string, unknown>, headers: Headers): RequestReading | undefined
  whole(exchange: Exchange): unknown
  streamed?(exchange: Exchange): StreamedAnswer
  refusal(status: number): unknown
}

export type Headers = Record<string, string | undefined>

export type RequestReading = Pick<ProviderRequest, 'model' | 'stream'> &
  Partial<Pick<ProviderRequest, 'tools' | 'values'>>

/** OpenAI and Azure round created times to seconds; any constant does, so that runs do not differ. */
export const CREATED_AT = 1_767_225_600
