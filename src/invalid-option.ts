/**
 * The error for a bad option: its name, the expectation, and its value. `value` is shown only if it is short and no
 * object; pass none if it may identify a user.
 */
export function invalidOption(
  option: string,
  expectation: string,
  ...value: readonly unknown[]
): TypeError {
  const got = value.length === 0 ? '' : `, got ${shown(value[0])}`
  return new TypeError(`Expected \`${option}\` to be ${expectation}${got}`)
}

/**
 * Throws for a value without fields (a list, a date, a promise that was not awaited), and for a field that is not read: a
 * misspelt option would be ignored in silence.
 */
export function rejectUnknown(value: unknown, path: string, known: readonly string[]): void {
  if (!isRecord(value)) throw invalidOption(path, 'an object', value)
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) throw invalidOption(`${path}.${name}`, `one of ${known.join(', ')}`)
  }
}

/** Whether a value is an object of fields, of any realm, that can be read. */
export function isRecord(value: unknown): value is { readonly [name: string]: unknown } {
  try {
    // A promise, a list, a date and a map have other tags. `Object.keys` runs the trap of a proxy, which may throw.
    return (
      Object.prototype.toString.call(value) === '[object Object]' &&
      !hasMethod(value, 'then') &&
      Object.keys(value as object).length >= 0
    )
  } catch {
    return false
  }
}

/** Whether a value has a method of that name. One behind a getter or a proxy that throws does not count. */
export function hasMethod(value: unknown, name: string | symbol): boolean {
  try {
    return (
      typeof (value as { [name: string | symbol]: unknown } | null | undefined)?.[name] ===
      'function'
    )
  } catch {
    return false
  }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `${JSON.stringify(value.slice(0, 80))} (string)`
  if (typeof value === 'number' || typeof value === 'boolean') return `${value} (${typeof value})`
  return value === undefined ? 'undefined' : kindOf(value)
}

/** What a value is, without the value: for one that may identify a user. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (hasMethod(value, 'then')) return 'a promise'
  return isArray(value) ? 'an array' : `a value of type ${typeof value}`
}

function isArray(value: unknown): boolean {
  try {
    return Array.isArray(value)
  } catch {
    // A revoked proxy.
    return false
  }
}
