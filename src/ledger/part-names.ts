import { basename, extname } from 'node:path'

/** A file next to a ledger is a part that is read, or a part that is reported as skipped. */
export type PartKind = 'readable' | 'unreadable'

/** The extension of a compressed file that can be read; a number or date may follow it. */
const COMPRESSED = /\.(gz|br|zst)(?=[._-]\d|$)/i
/** After the extension: `.1`, `-20261130`, `.2026-11-30T10:00:00Z.gz`, `.gz.1`. */
const ROTATED =
  /^(?:\.(?:gz|br|zst))?(?:[._-]\d[\dTZ:._+-]*|\d{6}[\dTZ:._+-]*)?(?:\.(?:gz|br|zst))?$/i
/** Between name and extension, a number is preceded by a dot: `ledger-2.ndjson` may be a ledger of its own. */
const NUMBERED = /^\.\d{1,6}$/
/** Year and month or week at least; day and time may follow. Also `30-11-2026`, and Unix time from 2017 to 2033. */
const DATED =
  /^[._-]?(?:20[23]\d[._-]?(?:0[1-9]|1[0-2]|W[0-5]\d)(?:[._-]?[0-3]\d[\dTZ:._+-]*)?|\d\d[._-]\d\d[._-]20[23]\d|1[5-9]\d{8}(?:\d{3})?)$/
/**
 * The process and count that `openLedger` appends to the time. Without limits of length, which a name has anyway: of limits
 * the checker of test/repository/regular-expressions.test.ts takes some for powers of the length, though not each time.
 */
const WRITER = /-\d+-[\da-f]+-\d+$/
const OWN_TIME = /^\.\d{4}-\d\d-\d\dT/
/** Names that people, editors and file managers give to copies: ` (1)`, ` - Copy (2)`, `.old`, `_backup`, `.part1`. */
const COPIED =
  /^[ ._-]{0,4}(?:\(\d{1,4}\)|\(?(?:copy|kopie|copie|copia|backup|back|bak|bkp|old|orig|original|prev|previous|saved?|te?mp|part|partial|rotated|archived?)\)?[ ._-]?\(?\d{0,10}\)?)$/i
/** Archives, formats that cannot be read, and copies. */
const ARCHIVED =
  /(?:\.(?:tar|bz2?|xz|zip|7z|lz4?|lzma|lzo|z|gzip|rar|t[gbx]z|gpg|age|enc|old|bak|orig|save|prev|tmp|part|copy|swp)|~)$/i
/** Files that other programs keep next to a file or generate from it: they contain no charges. */
const COMPANION =
  /\.(?:lock|lck|pid|csv|tsv|xlsx?|parquet|md|html?|pdf|md5|sha\d{1,3}|sums?|checksum|sig|asc|offset|pos|idx|index)(?=[.~]|$)/i

/** Which kind of part of a ledger a file is, by its name; `undefined` if it is none. */
export function partKind(name: string, ledger: string): PartKind | undefined {
  const extension = extname(ledger)
  const stem = basename(ledger, extension)
  if (name === ledger || !name.startsWith(stem)) return undefined
  const rest = name.slice(stem.length)
  if (extension === '') return kindWithoutExtension(rest)
  const at = rest.indexOf(extension)
  if (at === -1) return lacksExtension(rest) ? 'unreadable' : undefined
  const middle = middleKind(rest.slice(0, at))
  const tail = tailKind(rest.slice(at + extension.length))
  if (middle === undefined || tail === undefined) return undefined
  return middle === 'readable' ? tail : 'unreadable'
}

/** Whether a file has the name of a compressed one. */
export function isNamedCompressed(file: string, format?: 'br'): boolean {
  const found = COMPRESSED.exec(basename(file))?.[1]?.toLowerCase()
  return found !== undefined && (format === undefined || format === found)
}

function middleKind(middle: string): PartKind | undefined {
  if (middle === '' || isPlaced(middle) || OWN_TIME.test(middle)) return 'readable'
  return COPIED.test(middle) ? 'unreadable' : undefined
}

/** After the extension, every ending that is not known to be something else marks a part. */
function tailKind(tail: string): PartKind | undefined {
  if (ROTATED.test(tail)) return 'readable'
  return /^[^\p{L}\p{N}]/u.test(tail) && !COMPANION.test(tail) ? 'unreadable' : undefined
}

/** `ledger` may have unrelated files next to it, such as `ledger.db`: only known endings mark a part. */
function kindWithoutExtension(rest: string): PartKind | undefined {
  if (/^[._-]/.test(rest) && ROTATED.test(rest)) return 'readable'
  const bare = rest.replace(COMPRESSED, '')
  if (OWN_TIME.test(bare) && WRITER.test(bare)) return 'readable'
  return lacksExtension(rest) ? 'unreadable' : undefined
}

/** `ledger-20261130.gz`, `ledger.bak`: the name of a part that lacks the extension of the ledger. */
function lacksExtension(rest: string): boolean {
  if (rest === '') return false
  let bare = rest.replace(COMPRESSED, '')
  for (let next = bare.replace(ARCHIVED, ''); next !== bare; next = bare.replace(ARCHIVED, '')) {
    bare = next
  }
  return bare === '' || isPlaced(bare) || COPIED.test(bare)
}

function isPlaced(words: string): boolean {
  return [words, words.replace(WRITER, '')].some((each) => NUMBERED.test(each) || DATED.test(each))
}
