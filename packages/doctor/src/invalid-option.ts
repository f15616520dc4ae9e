/** The error for a bad option, worded as costspan words its own: the option, what it must be, and the value. */
export function invalidOption(
  option: string,
  expectation: string,
  ...value: readonly unknown[]
): TypeError {
  const got = value.length === 0 ? '' : `, got ${describe(value[0])}`
  return new TypeError(`Expected \`${option}\` to be ${expectation}${got}`)
}

/** Throws for a value that is no object of options, and for an option that does not exist: it may be misspelt. */
export function rejectUnknown(value: unknown, path: string, known: readonly string[]): void {
  if (!isRecord(value)) throw invalidOption(path, 'an object', value)
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) throw invalidOption(`${path}.${name}`, `one of ${known.join(', ')}`)
  }
}

/** Whether a value is an object of fields that can be read: no promise, list, date or map, and no throwing proxy. */
function isRecord(value: unknown): value is object {
  try {
    return (
      Object.prototype.toString.call(value) === '[object Object]' &&
      !isThenable(value) &&
      Object.keys(value as object).length >= 0
    )
  } catch {
    return false
  }
}

function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `${JSON.stringify(value.slice(0, 80))} (string)`
  if (typeof value === 'number' || typeof value === 'boolean') return `${value} (${typeof value})`
  if (value === null || value === undefined) return String(value)
  try {
    if (isThenable(value)) return 'a promise'
    if (Array.isArray(value)) return 'an array'
  } catch {
    // A proxy that throws.
  }
  return `a value of type ${typeof value}`
}
