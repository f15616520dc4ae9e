import type { Charge } from '../charge/charge.ts'
import { invalidOption, rejectUnknown } from '../invalid-option.ts'
import { reportError } from '../warnings/reporter.ts'
import { LedgerFile } from './ledger-file.ts'
import { offExit, onExit } from './at-exit.ts'
import { toLine } from './line.ts'
import { lostChargesCounter } from './lost-charges.ts'

/** The options of `openLedger`. */
export interface LedgerOptions {
  /**
   * The size in bytes at which the file is rotated: renamed to a name with the time, before a new file begins. It is
   * also rotated at the end of a day (UTC). By default the size is 64 MiB.
   * @defaultValue 67108864
   */
  readonly maximumBytes?: number | undefined
  /**
   * Whether each batch is forced to the disk. Without it, charges that were written survive a crash of the process, but
   * not always a power cut.
   * @defaultValue `false`
   */
  readonly sync?: boolean | undefined
  /**
   * The maximum number of charges that wait in memory while the disk is full or slow; further ones are lost and counted.
   * @defaultValue 100000
   */
  readonly maxQueueSize?: number | undefined
}

/** An open ledger. */
export interface Ledger {
  /** Pass this as `onCharge`. Queues the charge without I/O, and never throws. */
  readonly record: (charge: Charge) => void
  /**
   * The number of charges that are not in the file because the queue was full, or because they are not valid and
   * `readLedger` would skip them. Also the metric `costspan.lost_charges`.
   */
  readonly lost: number
  /** Resolves to `true` when all recorded charges are in the file, to `false` if they cannot be written for now. */
  flush(): Promise<boolean>
  /** Flushes, and closes the file. A charge that is recorded later is lost and counted. */
  close(): Promise<void>
}

/** The longest time that a charge waits for others before it is written. */
const BATCH_MILLISECONDS = 50
/** The delay before the next attempt after a failure. */
const RETRY_MILLISECONDS = 1000
/** Lines in one write, so that serializing a batch does not block the event loop for long. */
const BATCH_LINES = 1000

/**
 * Opens a file of charges, one line of JSON for each call: a basis for bills that does not depend on the delivery of
 * traces. Several processes may share the file. Charges are written in batches, after 50 ms at the latest.
 *
 * @param path the path of the file, which is made if it does not exist. Rotated files are beside it.
 * @throws TypeError if an option is malformed.
 * @throws Error if the file cannot be written, or if others may read it and it belongs to another user of the system.
 *
 * @example
 * ```ts
 * import { CostSpanProcessor } from 'costspan'
 * import { openLedger } from 'costspan/ledger'
 *
 * const ledger = openLedger('ledger.ndjson')
 * const processor = new CostSpanProcessor({ onCharge: ledger.record })
 * process.once('SIGTERM', async () => {
 *   await processor.shutdown()
 *   await ledger.close()
 *   process.exit()
 * })
 * ```
 */
export function openLedger(path: string, options: LedgerOptions = {}): Ledger {
  if (typeof path !== 'string' || path === '')
    throw invalidOption('path', 'the path of a file', path)
  assertOptions(options)
  const { maximumBytes = 64 * 1024 * 1024, sync = false, maxQueueSize = 100_000 } = options
  return new OpenLedger(new LedgerFile({ path, maximumBytes, sync }), maxQueueSize)
}

class OpenLedger implements Ledger {
  readonly #file: LedgerFile
  readonly #maxQueueSize: number
  #waiting: Charge[] = []
  /** A batch that failed is written again, even if a part of it was written: `readLedger` counts each call once. */
  #unwritten: readonly string[] = []
  #lost = 0
  readonly #lostCharges = lostChargesCounter()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #isClosed = false
  #hasFailed = false
  #hasRefused = false

  constructor(file: LedgerFile, maxQueueSize: number) {
    this.#file = file
    this.#maxQueueSize = maxQueueSize
    onExit(this.#atExit)
  }

  get lost(): number {
    return this.#lost
  }

  readonly record = (charge: Charge): void => {
    if (this.#isClosed || this.#waiting.length + this.#unwritten.length >= this.#maxQueueSize) {
      this.#lose(1)
      return
    }
    this.#waiting.push(charge)
    this.#timer ??= setTimeout(() => void this.#write(), BATCH_MILLISECONDS)
  }

  async flush(): Promise<boolean> {
    await this.#writing
    await this.#write()
    return this.#unwritten.length === 0
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.flush()
    offExit(this.#atExit)
    clearTimeout(this.#timer)
    this.#lose(this.#waiting.length + this.#unwritten.length)
    this.#waiting = []
    this.#unwritten = []
    await this.#file.close().catch(() => {})
  }

  #write(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#unwritten.length > 0 || this.#waiting.length > 0) {
        if (this.#unwritten.length === 0) {
          this.#unwritten = this.#linesOf(this.#waiting.splice(0, BATCH_LINES))
        }
        // oxlint-disable-next-line no-await-in-loop -- one batch after the other
        await this.#file.append(this.#unwritten)
        this.#unwritten = []
        this.#hasFailed = false
      }
    } catch (error) {
      this.#fail(error)
      // The disk may have space again.
      if (!this.#isClosed) {
        this.#timer ??= setTimeout(() => void this.#write(), RETRY_MILLISECONDS)
        this.#timer.unref()
      }
    }
  }

  /** Skips charges that are not valid, so that all others are written. */
  #linesOf(charges: readonly Charge[]): string[] {
    const lines: string[] = []
    for (const charge of charges) {
      try {
        lines.push(toLine(charge))
      } catch (error) {
        this.#refuse(error)
        this.#lose(1)
      }
    }
    return lines
  }

  readonly #atExit = (): void => {
    const left = [...this.#unwritten, ...this.#linesOf(this.#waiting)]
    if (left.length === 0) return
    try {
      this.#file.appendNow(left)
    } catch (error) {
      this.#fail(error)
      this.#lose(left.length)
    }
  }

  #lose(count: number): void {
    if (count === 0) return
    this.#lost += count
    try {
      this.#lostCharges.add(count)
    } catch (error) {
      // The application's meter failed; waiting charges must still be written.
      this.#fail(error)
    }
  }

  #refuse(error: unknown): void {
    if (this.#hasRefused) return
    this.#hasRefused = true
    reportError('a charge is not valid, and is not in the ledger; it is counted as lost', error)
  }

  /** Reports once, until a write succeeds again. */
  #fail(error: unknown): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    reportError('the ledger cannot be written; charges wait in memory', error)
  }
}

function assertOptions(options: LedgerOptions): void {
  rejectUnknown(options, 'options', ['maximumBytes', 'sync', 'maxQueueSize'])
  const { maximumBytes = 1, sync = false, maxQueueSize = 1 } = options
  for (const [name, value] of Object.entries({ maximumBytes, maxQueueSize })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw invalidOption(name, 'a whole number above 0', value)
    }
  }
  if (typeof sync !== 'boolean') throw invalidOption('sync', 'true or false', sync)
}
