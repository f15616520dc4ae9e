import type { Attributes } from '@opentelemetry/api'
import { NOT_SENT } from '../conventions/outcome.ts'
import * as Unseen from '../usage/unseen.ts'
import type { RecordedUsage } from '../manual/recorded-usage.ts'
import { errorTypeOf } from '../manual/error-type.ts'
import { answerAttributes } from './answer-attributes.ts'
import type { TokenBounds } from '../usage/usage.ts'
import { createAnswerReader, type AnswerReader } from './answer-reader.ts'
import type { CallSpan } from './call-span.ts'
import { UsageFilter } from './include-usage.ts'
import type { SentRequest } from './sent-request.ts'
import { ServerSentEvents } from './server-sent-events.ts'
import { ArrivedText, stoppedUsage, type CountTokens } from './stopped-usage.ts'
import type { BodyEnd, BodyTap } from './tap-response.ts'
import { WholeAnswer } from './whole-answer.ts'

export interface ExchangeOptions {
  readonly countTokens: CountTokens | undefined
  /** Milliseconds for which a body is read on after its reader has left; 0 if it is not. */
  readonly readOnMilliseconds: number
}

/** One HTTP request to a provider, and what its answer states. None of its functions throws. */
export class Exchange implements BodyTap {
  readonly #request: SentRequest
  readonly #span: CallSpan
  readonly #options: ExchangeOptions
  readonly #reader: AnswerReader
  readonly #arrived: ArrivedText
  readonly #wasAborted: boolean
  #isOver = false
  /** Whether the provider has answered with success, so that it has at least read the prompt. */
  #isServed = false
  #hasWritten = false
  #left: number | undefined
  #events: ServerSentEvents | undefined
  #whole: WholeAnswer | undefined
  #filter: UsageFilter | undefined

  constructor(request: SentRequest, span: CallSpan, options: ExchangeOptions) {
    const { format, provider } = request.endpoint
    this.#request = request
    this.#span = span
    this.#options = options
    this.#arrived = new ArrivedText(request, options.countTokens)
    this.#reader = createAnswerReader(format, (text) => this.#arrived.add(text), provider)
    this.#wasAborted = request.signal?.aborted === true
    span.begin(() => this.#soFar())
    request.signal?.addEventListener('abort', this.#aborted, { once: true })
  }

  /** At once: the instrumentation of a call may end its span before the body reports that it was stopped. */
  readonly #aborted = (): void => {
    attempt(() => this.#stop(this.#request.signal?.reason))
  }

  /** The provider has answered. Returns whether the body is to be read as it passes. */
  answered(response: Response): boolean {
    const { status, headers, ok, body } = response
    if (!ok) {
      this.#end(
        {
          'http.response.status_code': status,
          'error.type': String(status),
          'cost.not_sent': undefined,
        },
        true,
      )
      return false
    }
    this.#isServed = true
    const type = headers.get('content-type') ?? ''
    if (type.includes('event-stream')) {
      this.#events = new ServerSentEvents((data) => this.#readEvent(data), LONGEST_EVENT)
      if (this.#request.isUsageAdded) this.#filter = new UsageFilter()
    } else if (type.includes('json')) {
      this.#whole = new WholeAnswer()
    } else {
      this.#end(this.#stated(undefined), false)
      return false
    }
    return body !== null
  }

  /** No answer came: no connection was made, it broke, or the caller has stopped waiting. */
  failed(error: unknown): void {
    if (this.#wasAborted || wasNotSent(error))
      this.#end({ 'error.type': NOT_SENT, 'cost.not_sent': true }, true)
    else this.#stop(error)
  }

  chunk(bytes: Uint8Array): Uint8Array {
    attempt(() => {
      this.#events?.push(bytes)
      this.#whole?.push(bytes)
    })
    return attempt(() => this.#filter?.push(bytes)) ?? bytes
  }

  rest(): Uint8Array {
    return attempt(() => this.#filter?.rest()) ?? NO_BYTES
  }

  readsOn(): boolean {
    const { readOnMilliseconds } = this.#options
    if (readOnMilliseconds === 0) return false
    this.#left ??= Date.now()
    return Date.now() - this.#left < readOnMilliseconds
  }

  ended(how: BodyEnd, error?: unknown): void {
    attempt(() => this.#ended(how, error))
  }

  #ended(how: BodyEnd, error: unknown): void {
    if (this.#isOver) return
    this.#events?.end()
    const answer = how === 'complete' ? this.#whole?.end() : undefined
    if (answer !== undefined) this.#reader.read(answer)
    const { seen } = this.#reader
    if (this.#whole !== undefined && how === 'complete')
      this.#end(this.#stated(seen.usage), seen.errorType !== undefined)
    else this.#stop(error)
  }

  #readEvent(data: string): void {
    this.#reader.readEvent(data)
    const { seen } = this.#reader
    // The instrumentation of a call may end its span with the event that completes the usage.
    // Some providers report usage with each event, and it is read only when it is asked for.
    if ((this.#hasWritten && !seen.isComplete) || seen.usage === undefined) return
    this.#hasWritten = true
    this.#span.write(this.#soFar())
  }

  /** What would have to be charged if the process stopped now. */
  #soFar(): Attributes {
    const { seen } = this.#reader
    return seen.isComplete ? this.#stated(seen.usage) : this.#stopped()
  }

  /** What has to be charged if the answer has stopped. */
  #stopped(): Attributes {
    const { seen } = this.#reader
    const { usage, bounds } = stoppedUsage(this.#request, seen, this.#arrived, this.#isServed)
    // An answer may end without a report of its usage.
    const reason = seen.hasEnded ? Unseen.estimated : Unseen.stopped
    return this.#stated({ ...usage, unseen: (usage.unseen ?? 0) | reason }, bounds)
  }

  #stop(error: unknown): void {
    if (this.#isOver) return
    const { seen } = this.#reader
    // The whole usage had arrived before the call was stopped.
    if (seen.isComplete) {
      this.#end(this.#stated(seen.usage), seen.errorType !== undefined)
      return
    }
    const failure = error === undefined ? undefined : (errorTypeOf(asError(error)) ?? '_OTHER')
    const isAbort = this.#request.signal?.aborted === true
    this.#end({ ...this.#stopped(), 'error.type': failure }, failure !== undefined && !isAbort)
  }

  #stated(usage: RecordedUsage | undefined, bounds?: TokenBounds): Attributes {
    const { endpoint } = this.#request
    const { model, id, errorType, ranTools } = this.#reader.seen
    const read =
      usage !== undefined && ranTools && usage.searches === undefined
        ? { ...usage, unseen: (usage.unseen ?? 0) | Unseen.fees }
        : usage
    return {
      ...(read !== undefined && answerAttributes(read, endpoint.operation, bounds)),
      'gen_ai.response.model': model,
      'gen_ai.response.id': id,
      'error.type': errorType,
      // Of an attempt before this one, which was refused or not sent.
      'http.response.status_code': undefined,
      'cost.not_sent': undefined,
    }
  }

  #end(stated: Attributes, hasFailed: boolean): void {
    this.#isOver = true
    this.#request.signal?.removeEventListener('abort', this.#aborted)
    this.#span.end(stated, hasFailed)
  }
}

/** Bytes of an event. One with an image is longer than any other, and may be the one that reports the usage. */
const LONGEST_EVENT = 4_194_304

const NO_BYTES = new Uint8Array(0)

/** Codes of errors of Node and Bun that come before a request is sent. */
const beforeSending = new Set<unknown>([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'ConnectionRefused',
])

/** A failure while an answer is read must not reach the caller. */
function attempt<Result>(run: () => Result): Result | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}

function wasNotSent(error: unknown): boolean {
  const { code, cause } = asError(error) as { code?: unknown; cause?: unknown }
  return beforeSending.has(code ?? (asError(cause) as { code?: unknown }).code)
}

function asError(error: unknown): object {
  return typeof error === 'object' && error !== null ? error : { name: '_OTHER' }
}
