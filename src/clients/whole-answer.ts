import { joined } from './joined-bytes.ts'

/** How much of an answer is kept to be parsed, in bytes. Answers with images are longer, and state their usage at the end. */
const LONGEST_ANSWER = 4_194_304
const LONGEST_END = 65_536

/** Collects an answer that is one JSON value. Of a longer one it keeps the end alone. */
export class WholeAnswer {
  #chunks: Uint8Array[] = []
  #bytes = 0
  #isLong = false

  push(chunk: Uint8Array): void {
    // A byte stream takes the buffer of what it passes on.
    this.#chunks.push(chunk.slice())
    this.#bytes += chunk.length
    if (this.#bytes > LONGEST_ANSWER) this.#isLong = true
    if (!this.#isLong) return
    while (this.#bytes - (this.#chunks[0]?.length ?? 0) >= LONGEST_END) {
      this.#bytes -= this.#chunks.shift()?.length ?? 0
    }
    const [only] = this.#chunks
    if (this.#chunks.length === 1 && only && only.length > LONGEST_END) {
      this.#chunks = [only.slice(-LONGEST_END)]
      this.#bytes = LONGEST_END
    }
  }

  /** The value, or as much of it as is known; `undefined` if it is no JSON. */
  end(): unknown {
    const text = decoder.decode(joined(this.#chunks))
    this.#chunks = []
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
