import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  writeSync,
  type BigIntStats,
} from 'node:fs'
import { mkdir, open, rename, stat, type FileHandle } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { reportError } from '../warnings/reporter.ts'
import { ledgerFiles } from './ledger-files.ts'
import {
  closeAllToOthers,
  closeToOthers,
  isOpenToOthers,
  OWNER_ONLY,
  warnOfOpenFolder,
} from './owner-only.ts'

/** Charges say who pays for what: for nobody else to read. */
const FOLDER_OF_OWNER = { recursive: true, mode: 0o700 }

export interface LedgerFileOptions {
  readonly path: string
  readonly maximumBytes: number
  /** Whether a batch is on the disk, and not only with the kernel, before it counts as written. */
  readonly sync: boolean
}

/**
 * A file that is only ever appended to, by as many processes as like. What is appended at once stays together,
 * for the kernel finds the end of the file and writes in one step. It begins with the end of a line, so a line
 * that was torn, by a crash or a full disk, spoils no other.
 */
export class LedgerFile {
  readonly #options: LedgerFileOptions
  /** Of the file itself: a link to it would be put aside in its place. */
  readonly #path: string
  /** Of two that are open in one process, too, each puts aside under names of its own. */
  readonly #writer = `${process.pid}-${randomBytes(4).toString('hex')}`
  #handle: FileHandle | undefined
  #inode: bigint | undefined
  #day: string | undefined
  #rotations = 0
  #isStuck = false

  /** @throws the error of the file system if the file cannot be made or written to, or others may read it. */
  constructor(options: LedgerFileOptions) {
    this.#options = options
    mkdirSync(dirname(options.path), FOLDER_OF_OWNER)
    const descriptor = openSync(options.path, 'a', OWNER_ONLY)
    try {
      closeToOthers(descriptor, options.path)
    } finally {
      closeSync(descriptor)
    }
    this.#path = realpathSync(options.path)
    this.#closePartsToOthers()
  }

  /** @throws the error of the file system; what was written of the lines then is no whole line. */
  async append(lines: readonly string[]): Promise<void> {
    const handle = await this.#current()
    const bytes = Buffer.from(`\n${lines.join('\n')}`)
    const { bytesWritten } = await handle.write(bytes)
    if (bytesWritten < bytes.length) throw new Error('The disk took a part only')
    if (this.#options.sync) await handle.datasync()
  }

  /** For the end of the process, when nothing can be waited for. */
  appendNow(lines: readonly string[]): void {
    const bytes = Buffer.from(`\n${lines.join('\n')}`)
    mkdirSync(dirname(this.#path), FOLDER_OF_OWNER)
    const descriptor = openSync(this.#path, 'a', OWNER_ONLY)
    try {
      closeToOthers(descriptor, this.#path)
      if (writeSync(descriptor, bytes) < bytes.length) throw new Error('The disk took a part only')
    } finally {
      closeSync(descriptor)
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  /** The file that is under the path now: others rotate it too, or move it away. */
  async #current(): Promise<FileHandle> {
    const path = this.#path
    const found = await stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
      // Where nobody may look, what is open can be written to nevertheless.
      if (error.code !== 'ENOENT' && this.#handle !== undefined) return 'unknown'
      return undefined
    })
    if (found === 'unknown') return this.#handle as FileHandle
    const isFull = found !== undefined && this.#isFull(found)
    const isAside = isFull && (await this.#putAside())
    const isSame = this.#handle !== undefined && found?.ino === this.#inode
    if (isSame && !isAside) {
      const handle = this.#handle as FileHandle
      if (isOpenToOthers(Number(found?.mode))) closeToOthers(handle.fd, path)
      return handle
    }
    await this.close()
    // Its folder may be gone too.
    await mkdir(dirname(path), FOLDER_OF_OWNER)
    const handle = await open(path, 'a', OWNER_ONLY)
    try {
      closeToOthers(handle.fd, path)
    } catch (error) {
      await handle.close()
      throw error
    }
    const { ino } = fstatSync(handle.fd, { bigint: true })
    this.#handle = handle
    this.#inode = ino
    this.#day = isFull && !isAside ? dayOf(Number(found.mtimeMs)) : today()
    return handle
  }

  /** What was put aside before may be from a time when others could read it. */
  #closePartsToOthers(): void {
    try {
      const { files, unreadable } = ledgerFiles(this.#path)
      closeAllToOthers([...files.slice(0, -1), ...unreadable])
      warnOfOpenFolder(dirname(this.#path))
    } catch (error) {
      // Who may write to a folder need not be able to list it.
      reportError('the files of the ledger that were put aside cannot be listed', error)
    }
  }

  /** A file that cannot be put aside, for its folder is not to be written to, grows on: no charge waits for that. */
  async #putAside(): Promise<boolean> {
    try {
      await this.#rotate()
      this.#isStuck = false
      return true
    } catch (error) {
      if (!this.#isStuck) reportError('the ledger cannot be put aside; it grows on', error)
      this.#isStuck = true
      return false
    }
  }

  #isFull({ ino, size, mtimeMs }: BigIntStats): boolean {
    if (size === 0n) return false
    // Who has the file open knows of which day it is; else its last line tells.
    const day = ino === this.#inode && this.#day !== undefined ? this.#day : dayOf(Number(mtimeMs))
    return size >= BigInt(this.#options.maximumBytes) || day !== today()
  }

  async #rotate(): Promise<void> {
    const path = this.#path
    const end = extname(path)
    const time = new Date().toISOString().replaceAll(':', '-')
    // Unique among processes, whatever the clock does.
    const name = `${time}-${this.#writer}-${this.#rotations++}`
    const aside = `${path.slice(0, path.length - end.length)}.${name}${end}`
    try {
      await rename(path, aside)
    } catch (error) {
      // Another process was quicker.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}

function today(): string {
  return dayOf(Date.now())
}

/** UTC. */
function dayOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10)
}
