import { isUtf8 } from 'node:buffer'

/** In bytes. No charge is nearly as long, but a file that is not a ledger may be one line of any length. */
export const LONGEST_LINE = 16 * 1024 * 1024

/** A line that is not empty: its text without the line end, or the reason why it has no text. */
export type Line =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly text: undefined; readonly problem: string }

const LINE_FEED = 10
const noBytes = Buffer.alloc(0)

/**
 * The lines of a stream, in batches as its chunks arrive. Lines end at `\n` and nowhere else: U+2028, U+0085, form
 * feeds and a lone `\r` may be part of an id, and `node:readline` of Node 24 splits lines at some of them. The rest of
 * the stream after the last `\n` is a line too. A byte order mark at the start is skipped.
 */
export async function* readLines(
  input: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<readonly Line[], void, undefined> {
  const splitter = new LineSplitter()
  for await (const chunk of input) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    const lines = splitter.linesOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    if (lines.length > 0) yield lines
  }
  const last = splitter.rest()
  if (last.length > 0) yield last
}

class LineSplitter {
  #number = 1
  /** The start of a line that ends in a later chunk. */
  #parts: Buffer[] = []
  #partBytes = 0

  linesOf(chunk: Buffer): Line[] {
    const lines: Line[] = []
    let start = 0
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      this.#endLine(chunk.subarray(start, end), lines)
      start = end + 1
    }
    this.#keep(chunk.subarray(start))
    return lines
  }

  rest(): Line[] {
    const lines: Line[] = []
    this.#endLine(noBytes, lines)
    return lines
  }

  /** Counts the bytes of a line that is too long, without keeping them. */
  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#partBytes += bytes.length
    if (this.#partBytes > LONGEST_LINE) this.#parts = []
    else this.#parts.push(bytes)
  }

  #endLine(bytes: Buffer, lines: Line[]): void {
    const number = this.#number++
    const length = this.#partBytes + bytes.length
    const isWhole = this.#partBytes === 0
    const line = isWhole || length > LONGEST_LINE ? bytes : Buffer.concat([...this.#parts, bytes])
    this.#parts = []
    this.#partBytes = 0
    if (length === 0) return
    if (length > LONGEST_LINE) {
      const problem = `the line has ${length.toLocaleString('en-US')} bytes, more than any charge`
      lines.push({ number, text: undefined, problem })
      return
    }
    const text = line.toString('utf8')
    // Invalid UTF-8 decodes to U+FFFD, so two different ids may become equal.
    if (text.includes('\uFFFD') && !isUtf8(line)) {
      lines.push({ number, text: undefined, problem: 'the line is not UTF-8' })
      return
    }
    const content = number === 1 && text.startsWith('\uFEFF') ? text.slice(1) : text
    if (content !== '' && content !== '\r') lines.push({ number, text: content })
  }
}
