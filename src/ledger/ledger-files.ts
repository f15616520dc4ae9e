import { createReadStream, readdirSync, realpathSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import type { Readable, Transform } from 'node:stream'
import * as zlib from 'node:zlib'

/** The files of a ledger. */
export interface LedgerFiles {
  /** The ledger itself, last. */
  readonly files: readonly string[]
  /** What is a part of it too, by its name, and cannot be read. */
  readonly unreadable: readonly string[]
}

const TIME = /^\d{4}-\d\d-\d\dT/
const COMPRESSED = /\.(gz|br|zst)$/i
/** How others number or date what they put aside: `.1`, `-20261130`, `.2026-11-30T10:00:00Z`. */
const ROTATED = /^[.-]\d[\dTZ:._-]*$/
/** What others make of a file that is put aside, and is not read here. */
const ARCHIVED =
  /(\.(bz2?|xz|zip|7z|lz4?|lzma|lzo|z|rar|tar|tgz|gpg|age|enc|old|bak|orig|save|prev)|~)$/i

/** The path that a link leads to: what was put aside is beside it. `undefined` for what is no file, such as a pipe. */
export function ledgerPath(link: string): string | undefined {
  const found = statSync(link, { throwIfNoEntry: false })
  // Right after it was put aside there is none.
  if (found === undefined) return link
  return found.isFile() || found.isDirectory() ? realpathSync(link) : undefined
}

/** Oldest first: the names of what was put aside begin with the time. */
export function ledgerFiles(path: string): LedgerFiles {
  const folder = dirname(path)
  const files: string[] = []
  const unreadable: string[] = []
  for (const name of readdirSync(folder).toSorted()) {
    const kind = kindOf(name, basename(path))
    if (kind === 'readable') files.push(join(folder, name))
    if (kind === 'unreadable') unreadable.push(join(folder, name))
  }
  return { files: [...files, path], unreadable }
}

/** What a file is to a ledger, by the names of both; `undefined` if nothing. */
function kindOf(name: string, ledger: string): 'readable' | 'unreadable' | undefined {
  if (name === ledger) return undefined
  const end = extname(ledger)
  const start = `${basename(ledger, end)}.`
  if (name.startsWith(start) && TIME.test(name.slice(start.length))) {
    if (name.replace(COMPRESSED, '').endsWith(end)) return 'readable'
    return name.includes(end, start.length) || ARCHIVED.test(name) ? 'unreadable' : undefined
  }
  if (!name.startsWith(ledger)) return undefined
  const tail = name.slice(ledger.length)
  const bare = tail.replace(COMPRESSED, '')
  if (ROTATED.test(bare) || (bare === '' && tail !== '')) return 'readable'
  return /^[.~-]/.test(tail) && ARCHIVED.test(bare) ? 'unreadable' : undefined
}

/** A file that is there, and cannot be read as a ledger; `message` says why, without its name. */
export class UnreadableFile extends Error {}

/** The bytes that formats of compressed files begin with; Brotli's has none. */
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
 * The bytes of a file, decompressed where it is compressed.
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

async function opened(file: string): Promise<Opened> {
  const found = statSync(file)
  // Nothing can be read twice of a pipe.
  if (!found.isFile() && !found.isDirectory()) {
    return { stream: createReadStream(file), decompress: undefined }
  }
  const handle = await open(file)
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
  return /\.br$/i.test(file) && start !== '' ? zlib.createBrotliDecompress() : undefined
}
