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
 * is read before its reader asks for it.
 */
export function tapResponse(response: Response, tap: BodyTap): Response {
  const { body } = response
  if (body === null || typeof body.getReader !== 'function') {
    tap.ended('complete')
    return response
  }
  const stream = tapBody(body, tap)
  abandonments?.register(stream, tap)
  const tapped = new Response(stream, {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  })
  return described(tapped, response)
}

/** A constructor cannot set these. */
function described(tapped: Response, response: Response): Response {
  const { url, redirected, type } = response
  const clone = tapped.clone.bind(tapped)
  return Object.defineProperties(tapped, {
    url: { value: url, configurable: true },
    redirected: { value: redirected, configurable: true },
    type: { value: type, configurable: true },
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
    : new FinalizationRegistry<BodyTap>((tap) => tap.ended('left'))

function tapBody(body: ReadableStream<Uint8Array>, tap: BodyTap): ReadableStream<Uint8Array> {
  const isByteStream = canLendBuffers(body)
  const reader = body.getReader()
  const source = {
    async pull(controller: ReadableStreamDefaultController<Uint8Array>) {
      let passed: Uint8Array
      do {
        let read: Awaited<ReturnType<typeof reader.read>>
        try {
          // oxlint-disable-next-line no-await-in-loop -- one chunk after the other
          read = await reader.read()
        } catch (error) {
          tap.ended('broken', error)
          throw error
        }
        if (read.done) {
          const rest = tap.rest()
          if (rest.length > 0) controller.enqueue(rest)
          tap.ended('complete')
          controller.close()
          releaseReader(controller)
          return
        }
        passed = tap.chunk(read.value)
      } while (passed.length === 0)
      controller.enqueue(passed)
    },
    async cancel(reason: unknown) {
      if (tap.readsOn()) {
        void readOn(reader, tap)
        return
      }
      tap.ended('left')
      await reader.cancel(reason)
    },
  }
  return isByteStream
    ? new ReadableStream({ ...source, type: 'bytes' } as never)
    : new ReadableStream(source, { highWaterMark: 0 })
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

async function readOn(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  tap: BodyTap,
): Promise<void> {
  try {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one chunk after the other
      const { done, value } = await reader.read()
      if (done) break
      tap.chunk(value)
      if (!tap.readsOn()) {
        tap.ended('left')
        void reader.cancel()
        return
      }
    }
    tap.ended('complete')
  } catch (error) {
    tap.ended('broken', error)
  }
}
