/** How the body of an answer ended: read to its end, left by its reader, or broken. */
export type BodyEnd = 'complete' | 'left' | 'broken'

/** Sees the bytes of a body as they pass. None of its functions may throw. */
export interface BodyTap {
  /** Sees a chunk before its reader does. What it returns is passed on in place of the chunk; nothing if it is empty. */
  chunk(bytes: Uint8Array): Uint8Array
  /** The rest that `chunk` held back. */
  rest(): Uint8Array
  /** Called once. */
  ended(how: BodyEnd, error?: unknown): void
  /** Called when the reader leaves. Reads on, and takes the place of a cancellation, if it returns true. */
  readsOn(): boolean
}

/**
 * Returns the same answer with a body that a tap sees. Bytes, back-pressure, errors and cancellation pass through. Nothing
 * is read before its reader asks for it. An answer that cannot be constructed again is returned as it is, and can be read.
 */
export function tapResponse(response: Response, tap: BodyTap): Response {
  const { body, status, headers } = response
  if (body === null || typeof body.getReader !== 'function') {
    tap.ended('complete')
    return response
  }
  const tapped = new TappedBody(body, tap)
  const stream = tapped.stream()
  let answer: Response
  try {
    answer = new Response(stream, { status, headers })
    // The body is locked last: before this, what fails leaves it to be read.
    tapped.begin()
  } catch {
    tap.ended('left')
    return response
  }
  abandonments?.register(stream, tapped)
  return described(answer, response)
}

/** A constructor cannot set these, and refuses a status text that is not Latin-1. */
function described(tapped: Response, response: Response): Response {
  const { url, redirected, type, statusText } = response
  const clone = tapped.clone.bind(tapped)
  return Object.defineProperties(tapped, {
    url: { value: url, configurable: true },
    redirected: { value: redirected, configurable: true },
    type: { value: type, configurable: true },
    statusText: { value: statusText, configurable: true },
    clone: { value: () => described(clone(), response), configurable: true, writable: true },
  })
}

/**
 * A body that is collected before its end was left. Its stream is registered and not the answer, which a client drops once it
 * has the stream's reader.
 */
const abandonments =
  typeof FinalizationRegistry === 'undefined'
    ? undefined
    : new FinalizationRegistry<TappedBody>((tapped) => tapped.abandoned())

/** A body is read on for a minute at most, even if nothing more arrives. */
const LONGEST_READ_ON_MILLISECONDS = 60_000

/** The body of an answer as a tap sees it. It has no reference to its stream, which is collected once its reader drops it. */
class TappedBody {
  readonly #body: ReadableStream<Uint8Array>
  readonly #tap: BodyTap
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  /** Whether the reader of the stream has left. */
  #isLeft = false
  #hasEnded = false

  constructor(body: ReadableStream<Uint8Array>, tap: BodyTap) {
    this.#body = body
    this.#tap = tap
  }

  /** Locks the body. */
  begin(): void {
    this.#reader = this.#body.getReader()
  }

  stream(): ReadableStream<Uint8Array> {
    const source = {
      pull: (controller: ReadableStreamDefaultController<Uint8Array>) => this.#pull(controller),
      cancel: (reason: unknown) => this.#cancel(reason),
    }
    return canLendBuffers(this.#body)
      ? new ReadableStream({ ...source, type: 'bytes' } as never)
      : new ReadableStream(source, { highWaterMark: 0 })
  }

  /** The stream was collected. Without a cancellation the connection would stay open. */
  abandoned(): void {
    if (!this.#isLeft) this.#drop()
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    let passed: Uint8Array
    do {
      let read: { done: boolean; value?: Uint8Array | undefined } | undefined
      try {
        // oxlint-disable-next-line no-await-in-loop -- one chunk after the other
        read = await this.#reader?.read()
      } catch (error) {
        this.#end('broken', error)
        throw error
      }
      if (read?.value === undefined) {
        const rest = this.#tap.rest()
        if (rest.length > 0) controller.enqueue(rest)
        this.#end('complete')
        controller.close()
        releaseReader(controller)
        return
      }
      passed = this.#tap.chunk(read.value)
    } while (passed.length === 0)
    controller.enqueue(passed)
  }

  async #cancel(reason: unknown): Promise<void> {
    this.#isLeft = true
    if (this.#tap.readsOn()) {
      void this.#readOn()
      return
    }
    this.#end('left')
    await this.#reader?.cancel(reason)
  }

  async #readOn(): Promise<void> {
    const timer = setTimeout(() => this.#drop(), LONGEST_READ_ON_MILLISECONDS)
    // The timer alone keeps no process alive. It is a number where there is no Node.
    ;(timer as { unref?: () => void }).unref?.()
    try {
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- one chunk after the other
        const read = await this.#reader?.read()
        if (read?.value === undefined) break
        this.#tap.chunk(read.value)
        if (!this.#tap.readsOn()) {
          this.#drop()
          return
        }
      }
      this.#end('complete')
    } catch (error) {
      this.#end('broken', error)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ends the call, and the connection. */
  #drop(): void {
    this.#end('left')
    // No reader is left that could handle a cancellation that fails.
    this.#reader?.cancel().catch(() => {})
  }

  #end(how: BodyEnd, error?: unknown): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#tap.ended(how, error)
  }
}

/** The body of a fetch is a stream that can fill the buffers of its reader; that of a mock may be none. */
function canLendBuffers(body: ReadableStream<Uint8Array>): boolean {
  try {
    body.getReader({ mode: 'byob' }).releaseLock()
    return true
  } catch {
    return false
  }
}

/** A byte stream that closes while its reader waits with a buffer has to give the buffer back. */
function releaseReader(controller: unknown): void {
  const { byobRequest } = controller as { byobRequest?: { respond(bytes: number): void } | null }
  byobRequest?.respond(0)
}
