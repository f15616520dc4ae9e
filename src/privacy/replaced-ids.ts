/** The words of each id that was replaced, and its pseudonym, to find ids in names. Several ids may have one pseudonym. */
export type ReplacedIds = Set<string>

/** More than a redactor remembers answers for, so that an id is there until the call of its user ends. */
const MAXIMUM_IDS = 16_384

/** Words of an id that are compared; the words after them may be any. */
const MOST_WORDS = 16

/** Remembers an id. The oldest goes first. */
export function noteReplaced(ids: ReplacedIds, id: string, pseudonym: string): void {
  const key = keyOf(words(id).slice(0, MOST_WORDS).join(' '), pseudonym)
  ids.delete(key)
  ids.add(key)
  if (ids.size <= MAXIMUM_IDS) return
  for (const oldest of ids) {
    ids.delete(oldest)
    break
  }
}

/**
 * Whether a name contains an id with this pseudonym as words: the id `1` is also a part of many names that have nothing
 * to do with it. An id without any letter or digit is taken to be in each name.
 */
export function containsReplaced(
  ids: ReplacedIds,
  name: string,
  pseudonym: string | undefined,
): boolean {
  if (pseudonym === undefined || ids.size === 0) return false
  const all = words(name)
  for (let from = 0; from <= all.length; from++) {
    let id = ''
    for (let to = from; to <= from + MOST_WORDS; to++) {
      if (ids.has(keyOf(id, pseudonym))) return true
      id += `${id && ' '}${all[to] ?? ' '}`
    }
  }
  return false
}

/** `Chat-@u_12` is `chat`, `u` and `12`: names are often made in lower case. */
function words(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}

/** No word contains a line end. */
function keyOf(id: string, pseudonym: string): string {
  return `${id}\n${pseudonym}`
}
