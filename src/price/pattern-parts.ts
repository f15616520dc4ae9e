/** A piece of a RegExp's source, as far as matching an id needs it: no groups are captured. */
export type Part =
  /** One character: `source` as it is written, such as `a`, `.`, `\d` or `[a-z]`. */
  | { readonly kind: 'character'; readonly source: string }
  | { readonly kind: 'assertion'; readonly source: '^' | '$' | '\\b' | '\\B' }
  | { readonly kind: 'sequence'; readonly parts: readonly Part[] }
  | { readonly kind: 'choice'; readonly parts: readonly Part[] }
  | { readonly kind: 'repeat'; readonly part: Part; readonly least: number; readonly most: number }
  | { readonly kind: 'lookahead'; readonly part: Part; readonly isNegative: boolean }
  /** What `PatternProgram` does not run: a backreference, a lookbehind, flags inside a group. */
  | { readonly kind: 'other'; readonly part: Part }

const nothing: Part = { kind: 'sequence', parts: [] }

/** What opens a group: as far as it is read, the longest first. */
const openings = ['(?<=', '(?<!', '(?:', '(?=', '(?!'] as const

/**
 * The parts of a RegExp. The engine has compiled it already, so its source has no errors.
 */
export function parsePattern({ source, flags }: RegExp): Part {
  const hasNestedClasses = flags.includes('v')
  const isUnicode = hasNestedClasses || flags.includes('u')
  let at = 0

  function choice(): Part {
    const parts = [sequence()]
    while (source[at] === '|') {
      at += 1
      parts.push(sequence())
    }
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : { kind: 'choice', parts }
  }

  function sequence(): Part {
    const parts: Part[] = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') {
      const part = source[at] === '(' ? group() : single()
      const quantifier = quantifiers.exec(source.slice(at, at + 64))
      at += quantifier?.[0].length ?? 0
      parts.push(quantifier === null ? part : repeated(part, quantifier))
    }
    return { kind: 'sequence', parts }
  }

  /** A character, a class, an assertion or a backreference. */
  function single(): Part {
    const start = at
    at = endOfSingle(source, at, isUnicode, hasNestedClasses)
    const own = source.slice(start, at)
    if (own === '^' || own === '$' || own === '\\b' || own === '\\B')
      return { kind: 'assertion', source: own }
    return /^\\[1-9k]/.test(own)
      ? { kind: 'other', part: nothing }
      : { kind: 'character', source: own }
  }

  function group(): Part {
    const opening = openings.find((each) => source.startsWith(each, at))
    const isNamed = opening === undefined && source.startsWith('(?<', at)
    const hasFlags = opening === undefined && !isNamed && source.startsWith('(?', at)
    if (isNamed) at = source.indexOf('>', at) + 1
    else if (hasFlags) at = source.indexOf(':', at) + 1
    else at += opening?.length ?? 1
    const part = choice()
    // The closing one.
    at += 1
    if (opening === '(?=' || opening === '(?!') {
      return { kind: 'lookahead', part, isNegative: opening === '(?!' }
    }
    return opening === '(?<=' || opening === '(?<!' || hasFlags ? { kind: 'other', part } : part
  }

  return choice()
}

/** Where the character, class, assertion or backreference ends that begins at `at`. */
function endOfSingle(
  source: string,
  at: number,
  isUnicode: boolean,
  hasNestedClasses: boolean,
): number {
  if (source[at] === '[') return endOfClass(source, at, hasNestedClasses)
  if (source[at] === '\\') {
    const rest = source.slice(at, at + 64)
    if (rest.startsWith('\\k<')) return source.indexOf('>', at) + 1
    return at + escapeLength(rest, isUnicode)
  }
  return at + (isUnicode ? String.fromCodePoint(source.codePointAt(at) ?? 0).length : 1)
}

function endOfClass(source: string, start: number, hasNestedClasses: boolean): number {
  let at = start
  let depth = 0
  do {
    const character = source[at]
    if (character === '\\') at += 1
    else if (character === '[' && (depth === 0 || hasNestedClasses)) depth += 1
    else if (character === ']') depth -= 1
    at += 1
  } while (depth > 0 && at < source.length)
  return at
}

/** Of the escape that a text begins with. */
function escapeLength(rest: string, isUnicode: boolean): number {
  const braced = isUnicode ? /^\\[pPu]\{[^}]*\}/.exec(rest)?.[0] : undefined
  const long = /^\\(?:[1-9k]\d*|x[\da-fA-F]{2}|u[\da-fA-F]{4}|c[a-zA-Z])/.exec(rest)?.[0]
  // Two halves of one character.
  const isPair =
    isUnicode && /^\\u[dD][89abAB]/.test(rest) && /^\\u[dD][c-fC-F]/.test(rest.slice(6))
  return (braced ?? long ?? rest.slice(0, 2)).length + (isPair ? 6 : 0)
}

/** `*`, `+`, `?`, `{2}`, `{2,}` or `{2,3}`, and whether it is lazy, which matters for no match. */
const quantifiers = /^(?:[*+?]|\{(\d+)(,(\d*))?\})\??/

function repeated(part: Part, [text, from, comma, to]: RegExpExecArray): Part {
  const least = from === undefined ? (text[0] === '+' ? 1 : 0) : Number(from)
  const most = text[0] === '?' ? 1 : limit(from, comma, to)
  return { kind: 'repeat', part, least, most }
}

/** How often a quantifier repeats at most; `*` and `+` have none of these. */
function limit(from?: string, comma?: string, to?: string): number {
  if (from === undefined) return Number.POSITIVE_INFINITY
  if (comma === undefined) return Number(from)
  return to === undefined || to === '' ? Number.POSITIVE_INFINITY : Number(to)
}
