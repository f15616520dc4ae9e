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
      parts.push(repeated(term()))
    }
    return { kind: 'sequence', parts }
  }

  function term(): Part {
    const character = source[at]
    if (character === '(') return group()
    if (character === '^' || character === '$') {
      at += 1
      return { kind: 'assertion', source: character }
    }
    const start = at
    if (character === '\\') {
      const escaped = source[at + 1] ?? ''
      if (escaped === 'b' || escaped === 'B') {
        at += 2
        return { kind: 'assertion', source: `\\${escaped}` }
      }
      if (/^[1-9k]$/.test(escaped)) return backreference()
      escape()
    } else if (character === '[') characterClass()
    else at += isUnicode ? String.fromCodePoint(source.codePointAt(at) ?? 0).length : 1
    return { kind: 'character', source: source.slice(start, at) }
  }

  /** `\1` and `\k<name>`. */
  function backreference(): Part {
    at += 2
    if (source[at - 1] === 'k' && source[at] === '<') at = source.indexOf('>', at) + 1
    else while (/^\d$/.test(source[at] ?? '')) at += 1
    return { kind: 'other', part: nothing }
  }

  function escape(): void {
    const letter = source[at + 1]
    const rest = source.slice(at, at + 64)
    const long =
      letter === 'x' || letter === 'u' || letter === 'c'
        ? /^\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|c[a-zA-Z])/.exec(rest)?.[0]
        : undefined
    const braced = isUnicode ? /^\\[pPu]\{[^}]*\}/.exec(rest)?.[0] : undefined
    at += (braced ?? long ?? rest.slice(0, 2)).length
    // Two halves of one character.
    if (isUnicode && /^\\u[dD][89abAB]/.test(rest) && /^\\u[dD][c-fC-F]/.test(rest.slice(6)))
      at += 6
  }

  function characterClass(): void {
    let depth = 0
    do {
      const character = source[at]
      if (character === '\\') at += 1
      else if (character === '[' && (depth === 0 || hasNestedClasses)) depth += 1
      else if (character === ']') depth -= 1
      at += 1
    } while (depth > 0 && at < source.length)
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

  function repeated(part: Part): Part {
    const quantifier = /^(?:[*+?]|\{(\d+)(,(\d*))?\})/.exec(source.slice(at, at + 64))
    if (quantifier === null) return part
    const [text, from, comma, to] = quantifier
    at += text.length
    if (source[at] === '?') at += 1
    const least = from === undefined ? (text === '+' ? 1 : 0) : Number(from)
    const most = text === '?' ? 1 : limit(from, comma, to)
    return { kind: 'repeat', part, least, most }
  }

  return choice()
}

/** How often a quantifier repeats at most; `*` and `+` have none of these. */
function limit(from?: string, comma?: string, to?: string): number {
  if (from === undefined) return Number.POSITIVE_INFINITY
  if (comma === undefined) return Number(from)
  return to === undefined || to === '' ? Number.POSITIVE_INFINITY : Number(to)
}
