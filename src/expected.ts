/**
 * The error for a bad option: which one, what it should be, what it is. `value` is shown only
 * if it is short and no object; pass none for values that may identify somebody.
 */
export function expected(
  option: string,
  expectation: string,
  ...value: readonly unknown[]
): TypeError {
  const got = value.length === 0 ? '' : `, got ${shown(value[0])}`
  return new TypeError(`Expected \`${option}\` to be ${expectation}${got}`)
}

/** Throws for a field that nobody would read: a misspelt option would be ignored in silence. */
export function rejectUnknown(value: object, path: string, known: readonly string[]): void {
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) throw expected(`${path}.${name}`, `one of ${known.join(', ')}`)
  }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `${JSON.stringify(value.slice(0, 80))} (string)`
  if (typeof value === 'number' || typeof value === 'boolean') return `${value} (${typeof value})`
  if (value === null || value === undefined) return String(value)
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
}
