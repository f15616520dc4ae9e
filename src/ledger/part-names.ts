import { basename, extname } from 'node:path'

/** What a file beside a ledger is: a part that is read, or a part that is reported as left out. */
export type PartKind = 'readable' | 'unreadable'

/** The end of a compressed file that is read; a number or date may follow it. */
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
 * the checker of test/hostile/own-patterns.test.ts takes some for powers of the length, though not each time.
 */
const WRITER = /-\d+-[\da-f]+-\d+$/
const OWN_TIME = /^\.\d{4}-\d\d-\d\dT/
/** How people, editors and file managers name a copy: ` (1)`, ` - Copy (2)`, `.old`, `_backup`, `.part1`. */
const COPIED =
  /^[ ._-]{0,4}(?:\(\d{1,4}\)|\(?(?:copy|kopie|copie|copia|backup|back|bak|bkp|old|orig|original|prev|previous|saved?|te?mp|part|partial|rotated|archived?)\)?[ ._-]?\(?\d{0,10}\)?)$/i
/** Archives and formats that are not read here, and copies. */
const ARCHIVED =
  /(?:\.(?:tar|bz2?|xz|zip|7z|lz4?|lzma|lzo|z|gzip|rar|t[gbx]z|gpg|age|enc|old|bak|orig|save|prev|tmp|part|copy|swp)|~)$/i
/** What other programs keep beside a file, and what is made of it: no charges are lost with it. */
const COMPANION =
  /\.(?:lock|lck|pid|csv|tsv|xlsx?|parquet|md|html?|pdf|md5|sha\d{1,3}|sums?|checksum|sig|asc|offset|pos|idx|index)(?=[.~]|$)/i

/** What a file is to a ledger, by the names of both; `undefined` if it is no part of it. */
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

/** After the extension, whatever is not known to be something else is a part. */
function tailKind(tail: string): PartKind | undefined {
  if (ROTATED.test(tail)) return 'readable'
  return /^[^\p{L}\p{N}]/u.test(tail) && !COMPANION.test(tail) ? 'unreadable' : undefined
}

/** `ledger` may have other files beside it, such as `ledger.db`: only what is known to be a part is one. */
function kindWithoutExtension(rest: string): PartKind | undefined {
  if (/^[._-]/.test(rest) && ROTATED.test(rest)) return 'readable'
  const bare = rest.replace(COMPRESSED, '')
  if (OWN_TIME.test(bare) && WRITER.test(bare)) return 'readable'
  return lacksExtension(rest) ? 'unreadable' : undefined
}

/** `ledger-20261130.gz`, `ledger.bak`: the name of a part in all but its extension. */
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
