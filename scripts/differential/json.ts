/** JSON with sorted keys, in which what JSON does not know has a text of its own. */
export function stable(value: unknown): string {
  return JSON.stringify(plain(value, 0))
}

const DEEPEST = 12

function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'number') {
    if (Object.is(value, -0)) return '#-0'
    return Number.isFinite(value) ? value : `#${value}`
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (value === undefined) return '#undefined'
  if (typeof value === 'bigint') return `#${value}n`
  if (typeof value === 'symbol') return `#${String(value)}`
  if (typeof value === 'function') return '#function'
  if (depth > DEEPEST) return '#deep'
  if (value instanceof Error) return { '#error': value.name }
  if (value instanceof Date) return `#${value.getTime()}`
  if (ArrayBuffer.isView(value)) return `#${Object.prototype.toString.call(value)}`
  if (Array.isArray(value)) return value.map((one: unknown) => plain(one, depth + 1))
  return plainObject(value, depth)
}

function plainObject(value: object, depth: number): unknown {
  const sorted = Object.create(null) as Record<string, unknown>
  for (const name of Object.keys(value).toSorted()) {
    const field = (value as Record<string, unknown>)[name]
    // An absent field and one that is `undefined` are the same to all that read them.
    if (field !== undefined) sorted[name] = plain(field, depth + 1)
  }
  return sorted
}
