const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const SPACE = 32
const COLON = 58

/** `data`, and the mark that may precede the first line. */
const [D, A, T] = [100, 97, 116]
const byteOrderMark = [0xef, 0xbb, 0xbf] as const

/** The buffer for a cut line begins with this size, and is given back when it has grown above it. */
const SMALL_BUFFER = 4096

const MAXIMUM_EVENT_BYTES = 1_048_576

/** What each further line of an event counts, for the memory that it takes even if it is empty. */
const BYTES_OF_A_LINE = 32

/**
 * Reads the data of server-sent events from a stream of bytes, however the bytes are cut into chunks. Lines are split
 * as bytes, and a line is decoded whole, so that no character is ever cut. It keeps no chunk and never throws.
 */
export class ServerSentEvents {
  /** How many events were longer than the bound, and were skipped. */
  skipped = 0
  readonly #onData: (data: string) => void
  readonly #maximumBytes: number
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })

  /** The bytes of a line whose end has not arrived. */
  #buffer: Uint8Array = new Uint8Array(0)
  #buffered = 0
  /** Whether the line that has not ended is too long to be kept. */
  #isLongLine = false
  #isFirstLine = true
  /** Whether the last byte was a carriage return, which a line feed may follow. */
  #endsInReturn = false

  /** The data of the event that has not ended, which may have several lines of it. */
  #data: string | undefined
  #dataBytes = 0
  #isSkipped = false

  /**
   * @param onData receives the data of each event, in order. What it throws is ignored.
   * @param maximumBytes events with more data are skipped.
   */
  constructor(onData: (data: string) => void, maximumBytes: number = MAXIMUM_EVENT_BYTES) {
    this.#onData = onData
    this.#maximumBytes = maximumBytes
  }

  push(chunk: Uint8Array): void {
    const { length } = chunk
    if (length === 0) return
    let start = this.#endsInReturn && chunk[0] === LINE_FEED ? 1 : 0
    this.#endsInReturn = false
    // Both are searched only forward, so that a chunk of nothing but line ends takes linear time.
    let feed = chunk.indexOf(LINE_FEED, start)
    let carriage = chunk.indexOf(CARRIAGE_RETURN, start)
    while (start < length) {
      if (feed !== -1 && feed < start) feed = chunk.indexOf(LINE_FEED, start)
      if (carriage !== -1 && carriage < start) carriage = chunk.indexOf(CARRIAGE_RETURN, start)
      const isReturn = carriage !== -1 && (feed === -1 || carriage < feed)
      const end = isReturn ? carriage : feed
      if (end === -1) {
        this.#keep(chunk, start, length)
        return
      }
      this.#endLine(chunk, start, end)
      start = end + 1
      if (!isReturn) continue
      if (start === length) this.#endsInReturn = true
      else if (chunk[start] === LINE_FEED) start++
    }
  }

  /** The stream is over. An event that no empty line ended counts, for some servers end with the last line. */
  end(): void {
    if (this.#buffered > 0 || this.#isLongLine) this.#endLine(this.#buffer, 0, 0)
    this.#endEvent()
  }

  #keep(chunk: Uint8Array, start: number, end: number): void {
    if (this.#isLongLine) return
    const needed = this.#buffered + end - start
    // A few bytes more, for the name of the field.
    if (needed > this.#maximumBytes + 16) {
      // What begins otherwise, such as a comment, has no data.
      const first = this.#buffered > 0 ? this.#buffer[0] : chunk[start]
      if (first === D || this.#isFirstLine) this.#skip()
      this.#isLongLine = true
      this.#release()
      return
    }
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(SMALL_BUFFER, needed, this.#buffer.length * 2))
      larger.set(this.#buffer.subarray(0, this.#buffered))
      this.#buffer = larger
    }
    this.#buffer.set(
      start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end),
      this.#buffered,
    )
    this.#buffered = needed
  }

  #release(): void {
    this.#buffered = 0
    if (this.#buffer.length > SMALL_BUFFER) this.#buffer = new Uint8Array(0)
  }

  #endLine(chunk: Uint8Array, start: number, end: number): void {
    if (this.#buffered === 0 && !this.#isLongLine) {
      this.#readLine(chunk, start, end)
      return
    }
    if (end > start) this.#keep(chunk, start, end)
    if (this.#isLongLine) {
      this.#isLongLine = false
      this.#isFirstLine = false
      return
    }
    this.#readLine(this.#buffer, 0, this.#buffered)
    this.#release()
  }

  #readLine(bytes: Uint8Array, from: number, end: number): void {
    let start = from
    if (this.#isFirstLine) {
      this.#isFirstLine = false
      if (byteOrderMark.every((byte, index) => bytes[start + index] === byte)) start += 3
    }
    if (start >= end) {
      this.#endEvent()
      return
    }
    const isData =
      bytes[start] === D &&
      bytes[start + 1] === A &&
      bytes[start + 2] === T &&
      bytes[start + 3] === A
    if (!isData || end < start + 4) return
    // A line that is only the name of the field has an empty value.
    if (end > start + 4 && bytes[start + 4] !== COLON) return
    this.#addData(bytes, Math.min(end, start + (bytes[start + 5] === SPACE ? 6 : 5)), end)
  }

  #addData(bytes: Uint8Array, start: number, end: number): void {
    if (this.#isSkipped) return
    const isMore = this.#data !== undefined
    this.#dataBytes += end - start + (isMore ? BYTES_OF_A_LINE : 0)
    if (this.#dataBytes > this.#maximumBytes) {
      this.#skip()
      return
    }
    const text = start === end ? '' : this.#decoder.decode(bytes.subarray(start, end))
    this.#data = isMore ? `${this.#data}\n${text}` : text
  }

  #skip(): void {
    this.#isSkipped = true
    this.#data = undefined
  }

  #endEvent(): void {
    const data = this.#data
    if (this.#isSkipped) this.skipped++
    this.#isSkipped = false
    this.#data = undefined
    this.#dataBytes = 0
    if (data === undefined) return
    try {
      this.#onData(data)
    } catch {
      // An event that cannot be read must not harm those that follow, nor the stream that is read along with.
    }
  }
}
