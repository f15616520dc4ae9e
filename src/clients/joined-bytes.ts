/** The parts as one, without a copy if there is only one. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts
  if (parts.length === 1 && first) return first
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const SMALLEST_BUFFER = 1024

/** Bytes in one buffer that doubles when it is full, so that many small chunks cost no more than few large ones. */
export class GrowingBytes {
  #buffer: Uint8Array = new Uint8Array(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Copies a chunk to the end. */
  append(chunk: Uint8Array): void {
    const needed = this.#length + chunk.length
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(SMALLEST_BUFFER, needed, this.#buffer.length * 2))
      larger.set(this.#buffer.subarray(0, this.#length))
      this.#buffer = larger
    }
    this.#buffer.set(chunk, this.#length)
    this.#length = needed
  }

  /** Drops all but the last bytes, and the buffer if it is much larger than these. */
  keepEnd(bytes: number): void {
    if (this.#length <= bytes) return
    const end = this.#buffer.subarray(this.#length - bytes, this.#length)
    if (this.#buffer.length > 4 * bytes) {
      this.#buffer = new Uint8Array(2 * bytes)
      this.#buffer.set(end)
    } else {
      this.#buffer.copyWithin(0, this.#length - bytes, this.#length)
    }
    this.#length = bytes
  }

  /** Returns the bytes, and is empty from then on. */
  take(): Uint8Array {
    const taken = this.#buffer.subarray(0, this.#length)
    this.#buffer = new Uint8Array(0)
    this.#length = 0
    return taken
  }
}
