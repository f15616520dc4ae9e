import { toQuantity } from '../span/span.ts'

/** More choices than this share the last bit. */
const LAST_BIT = 30

/** Which of the choices of an answer have begun, and which have ended: a request may ask for several. */
export class Choices {
  #begun = 0
  #ended = 0

  see(index: unknown, hasEnded: boolean): void {
    const bit = 1 << Math.min(toQuantity(index) ?? 0, LAST_BIT)
    this.#begun |= bit
    if (hasEnded) this.#ended |= bit
  }

  /** Whether there is one, the first. */
  get isOne(): boolean {
    return this.#begun === 1
  }

  get haveEnded(): boolean {
    return this.#begun !== 0 && this.#begun === this.#ended
  }
}
