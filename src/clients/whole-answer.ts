import { GrowingBytes } from './joined-bytes.ts'

/** How much of an answer is kept to be parsed, in bytes. Answers with images are longer, and state their usage at the end. */
const LONGEST_ANSWER = 4_194_304
const LONGEST_END = 65_536

/** Collects an answer that is one JSON value. Of a longer one it keeps the end alone. */
export class WholeAnswer {
  readonly #kept = new GrowingBytes()
  #isLong = false

  push(chunk: Uint8Array): void {
    if (this.#kept.length + chunk.length > LONGEST_ANSWER) this.#isLong = true
    // Of a long answer the end is moved to the front of the buffer once per 64 kB, and not with each chunk.
    if (this.#isLong && this.#kept.length + chunk.length > 2 * LONGEST_END) {
      this.#kept.keepEnd(LONGEST_END)
      this.#kept.append(chunk.length > LONGEST_END ? chunk.subarray(-LONGEST_END) : chunk)
      return
    }
    this.#kept.append(chunk)
  }

  /** The value, or as much of it as is known; `undefined` if it is no JSON. */
  end(): unknown {
    if (this.#isLong) this.#kept.keepEnd(LONGEST_END)
    const text = decoder.decode(this.#kept.take())
    try {
      return JSON.parse(this.#isLong ? endOf(text) : text) as unknown
    } catch {
      return undefined
    }
  }
}

/** To make one takes longer than to decode an answer. */
const decoder = new TextDecoder()

/** Under what names providers report usage: most, Google, Cohere. */
const usageNames = ['"usage":', '"usageMetadata":', '"meta":']

/** The usage at the end of a long answer, as an answer of its own. In a text of the answer the quotes would be escaped. */
function endOf(text: string): string {
  const start = Math.max(...usageNames.map((name) => text.lastIndexOf(name)))
  return start === -1 ? '' : `{${text.slice(start)}`
}
