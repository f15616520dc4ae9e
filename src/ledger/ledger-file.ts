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

/** Only the owner may read a ledger, because charges name users. */
const OWNER_ONLY_FOLDER = { recursive: true, mode: 0o700 }

export interface LedgerFileOptions {
  /** The path of the file. */
  readonly path: string
  /** The size at which a new file is begun. */
  readonly maximumBytes: number
  /** Whether a batch counts as written only once it is on the disk, not only in the kernel's cache. */
  readonly sync: boolean
}

/**
 * An append-only file that several processes may share. The lines of one write stay together, because the kernel seeks
 * to the end of the file and writes in one step. Each write begins with a line end, so a line that was torn by a crash
 * or a full disk damages no other line.
 */
export class LedgerFile {
  readonly #options: LedgerFileOptions
  /** The path of the file itself: rotating a symbolic link would rename the link. */
  readonly #path: string
  /** Makes the names of rotated files unique, also between two ledgers of one process. */
  readonly #writer = `${process.pid}-${randomBytes(4).toString('hex')}`
  #handle: FileHandle | undefined
  #inode: bigint | undefined
  #day: string | undefined
  #rotations = 0
  #isStuck = false

  /** @throws the error of the file system if the file cannot be created or written, or if others may read it. */
  constructor(options: LedgerFileOptions) {
    this.#options = options
    mkdirSync(dirname(options.path), OWNER_ONLY_FOLDER)
    const descriptor = openSync(options.path, 'a', OWNER_ONLY)
    try {
      closeToOthers(descriptor, options.path)
    } finally {
      closeSync(descriptor)
    }
    this.#path = realpathSync(options.path)
    this.#closePartsToOthers()
  }

  /** @throws the error of the file system; the part that was written is not a whole line then. */
  async append(lines: readonly string[]): Promise<void> {
    const handle = await this.#current()
    const bytes = Buffer.from(`\n${lines.join('\n')}`)
    const { bytesWritten } = await handle.write(bytes)
    if (bytesWritten < bytes.length) throw new Error('the disk accepted only a part of the batch')
    if (this.#options.sync) await handle.datasync()
  }

  /** For the exit of the process, when asynchronous writes are impossible. */
  appendNow(lines: readonly string[]): void {
    const bytes = Buffer.from(`\n${lines.join('\n')}`)
    mkdirSync(dirname(this.#path), OWNER_ONLY_FOLDER)
    const descriptor = openSync(this.#path, 'a', OWNER_ONLY)
    try {
      closeToOthers(descriptor, this.#path)
      if (writeSync(descriptor, bytes) < bytes.length)
        throw new Error('the disk accepted only a part of the batch')
    } finally {
      closeSync(descriptor)
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  /** The file that is at the path now: other processes rotate it too, or move it. */
  async #current(): Promise<FileHandle> {
    const path = this.#path
    const found = await stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
      // An open file can be written even if its folder has become unreadable.
      if (error.code !== 'ENOENT' && this.#handle !== undefined) return 'unknown'
      return undefined
    })
    if (found === 'unknown') return this.#handle as FileHandle
    const isFull = found !== undefined && this.#isFull(found)
    const isRotated = isFull && (await this.#tryRotate())
    const isSame = this.#handle !== undefined && found?.ino === this.#inode
    if (isSame && !isRotated) {
      const handle = this.#handle as FileHandle
      if (isOpenToOthers(Number(found?.mode))) closeToOthers(handle.fd, path)
      return handle
    }
    await this.close()
    // The folder may have been deleted too.
    await mkdir(dirname(path), OWNER_ONLY_FOLDER)
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
    this.#day = isFull && !isRotated ? dayOf(Number(found.mtimeMs)) : today()
    return handle
  }

  /** Rotated files may be from a time when others could read them. */
  #closePartsToOthers(): void {
    try {
      const { files, unreadable } = ledgerFiles(this.#path)
      closeAllToOthers([...files.slice(0, -1), ...unreadable])
      warnOfOpenFolder(dirname(this.#path))
    } catch (error) {
      // Permission to write to a folder does not include permission to list it.
      reportError('the rotated files of the ledger cannot be listed', error)
    }
  }

  /** A file that cannot be rotated, because its folder is not writable, keeps growing: charges are still written. */
  async #tryRotate(): Promise<boolean> {
    try {
      await this.#rotate()
      this.#isStuck = false
      return true
    } catch (error) {
      if (!this.#isStuck) reportError('the ledger cannot be rotated; the file keeps growing', error)
      this.#isStuck = true
      return false
    }
  }

  #isFull({ ino, size, mtimeMs }: BigIntStats): boolean {
    if (size === 0n) return false
    // The day is known of a file that this process has opened; otherwise its last write shows it.
    const day = ino === this.#inode && this.#day !== undefined ? this.#day : dayOf(Number(mtimeMs))
    return size >= BigInt(this.#options.maximumBytes) || day !== today()
  }

  async #rotate(): Promise<void> {
    const path = this.#path
    const end = extname(path)
    const time = new Date().toISOString().replaceAll(':', '-')
    // Unique among processes, even if the clock is set back.
    const name = `${time}-${this.#writer}-${this.#rotations++}`
    const rotated = `${path.slice(0, path.length - end.length)}.${name}${end}`
    try {
      await rename(path, rotated)
    } catch (error) {
      // Another process has rotated it first.
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
