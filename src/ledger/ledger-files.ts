import { constants, readdirSync, realpathSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Readable, Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { isNamedCompressed, partKind } from './part-names.ts'

/** The files of a ledger. */
export interface LedgerFiles {
  /** The ledger itself, last. */
  readonly files: readonly string[]
  /** Files that by name are parts of the ledger, but that cannot be read. */
  readonly unreadable: readonly string[]
}

/** The target of a link: rotated files are in its folder. `undefined` if it is not a file, such as for a pipe. */
export function ledgerPath(link: string): string | undefined {
  const found = statSync(link, { throwIfNoEntry: false })
  // Right after a rotation the file does not exist.
  if (found === undefined) return link
  return found.isFile() || found.isDirectory() ? realpathSync(link) : undefined
}

/** The oldest first: the names of rotated files begin with the time. */
export function ledgerFiles(path: string): LedgerFiles {
  const folder = dirname(path)
  const files: string[] = []
  const unreadable: string[] = []
  for (const name of readdirSync(folder).toSorted()) {
    const kind = partKind(name, basename(path))
    if (kind === 'readable') files.push(join(folder, name))
    if (kind === 'unreadable') unreadable.push(join(folder, name))
  }
  return { files: [...files, path], unreadable }
}

/** A file exists but cannot be read as a ledger; `message` is the reason, without the file name. */
export class UnreadableFile extends Error {}

/** The first bytes of compressed files by format; Brotli has none. */
const formats: readonly (readonly [start: string, format: string])[] = [
  ['1f8b', 'gzip'],
  ['28b52ffd', 'Zstandard'],
  ['425a68', 'bzip2'],
  ['fd377a585a00', 'xz'],
  ['504b0304', 'zip'],
  ['04224d18', 'lz4'],
  ['377abcaf271c', '7-Zip'],
]

/**
 * The bytes of a regular file, decompressed where it is compressed.
 *
 * @throws UnreadableFile, or the error of the file system.
 */
export async function* bytesOf(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  const { stream, decompress } = await opened(file)
  if (decompress === undefined) {
    yield* stream as AsyncIterable<Uint8Array>
    return
  }
  stream.on('error', (error) => decompress.destroy(error))
  try {
    yield* stream.pipe(decompress) as AsyncIterable<Uint8Array>
  } catch (error) {
    const { code = '', syscall } = error as NodeJS.ErrnoException
    if (syscall !== undefined) throw error
    const isCut = code === 'Z_BUF_ERROR' || /end of file/i.test((error as Error).message)
    throw new UnreadableFile(isCut ? 'it is cut off' : 'it is damaged', { cause: error })
  } finally {
    stream.destroy()
    decompress.destroy()
  }
}

interface Opened {
  readonly stream: Readable
  readonly decompress: Transform | undefined
}

/** Prevents waiting if a pipe replaces the file meanwhile; Windows has no such flag. */
const NO_WAITING = (constants as { O_NONBLOCK?: number }).O_NONBLOCK ?? 0

async function opened(file: string): Promise<Opened> {
  const found = statSync(file)
  // Opening a pipe waits for its writer, and opening a device may change it. Opening a folder fails by itself.
  if (!found.isFile() && !found.isDirectory()) throw new UnreadableFile('it is not a regular file')
  const handle = await open(file, constants.O_RDONLY | NO_WAITING)
  try {
    const start = Buffer.alloc(6)
    const { bytesRead } = await handle.read(start, 0, start.length, 0)
    const decompress = decompressor(file, start.toString('hex', 0, bytesRead))
    return { stream: handle.createReadStream({ start: 0 }), decompress }
  } catch (error) {
    await handle.close()
    throw error
  }
}

function decompressor(file: string, start: string): Transform | undefined {
  const format = formats.find(([bytes]) => start.startsWith(bytes))?.[1]
  if (format === 'gzip') return zlib.createGunzip()
  // Since Node 22.15.
  const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Transform }
  if (format === 'Zstandard' && createZstdDecompress !== undefined) return createZstdDecompress()
  if (format !== undefined) throw new UnreadableFile(`it is compressed by ${format}`)
  // The disk was full during the compression: no format has files of 0 bytes.
  if (start === '' && isNamedCompressed(file)) throw new UnreadableFile('it is damaged: 0 bytes')
  return isNamedCompressed(file, 'br') ? zlib.createBrotliDecompress() : undefined
}
