/** Differences of one kind: how many, and the first. */
export interface Difference {
  readonly kind: string
  count: number
  readonly id: string
  readonly path: string
  readonly before: unknown
  readonly after: unknown
}

/** Groups differences between results by their kind. */
export class Differences {
  readonly found = new Map<string, Difference>()
  compared = 0
  differing = 0

  /** Compares two lines that a child of the old and one of the new package wrote. */
  compare(suite: string, before: string | undefined, after: string | undefined): void {
    this.compared++
    if (before === after) return
    this.differing++
    const one = parsed(before)
    const other = parsed(after)
    if (one.id !== other.id) {
      this.#note(`${suite}: inputs are not the same`, one.id, '', one.id, other.id)
      return
    }
    this.#walk(suite, one.id, [], one.result, other.result)
  }

  #walk(suite: string, id: string, path: readonly string[], before: unknown, after: unknown): void {
    if (isObject(before) && isObject(after)) {
      if (before['hasForeignAttribution'] === true)
        path = [...path, 'with a foreign cost.attribution']
      for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
        this.#walk(suite, id, [...path, name], before[name], after[name])
      }
      return
    }
    if (JSON.stringify(before) === JSON.stringify(after)) return
    const kind = `${suite}: ${kindOf(path)}: ${shown(path, before)} -> ${shown(path, after)}`
    this.#note(kind, id, path.join('/'), before, after)
  }

  #note(kind: string, id: string, path: string, before: unknown, after: unknown): void {
    const known = this.found.get(kind)
    if (known === undefined) this.found.set(kind, { kind, count: 1, id, path, before, after })
    else known.count++
  }
}

interface Line {
  readonly id: string
  readonly result: unknown
}

function parsed(line: string | undefined): Line {
  return line === undefined ? { id: 'no line', result: undefined } : (JSON.parse(line) as Line)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** A path without places in lists and ids of spans. */
function kindOf(path: readonly string[]): string {
  return path.filter((part) => !/^(\d+|[\da-f]{16})$/.test(part)).join('/')
}

/** Values of these are few, and tell one kind of difference from another. */
const NAMED =
  /^(cost\.(status|reason|source|attribution)|status|reason|source|vocabulary|operation)$/

function shown(path: readonly string[], value: unknown): string {
  if (value === undefined) return 'absent'
  const last = path.at(-1) ?? ''
  if (typeof value === 'string') return NAMED.test(last) ? value : 'text'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'list' : typeof value
}
