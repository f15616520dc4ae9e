/**
 * The error for a bad option: which one, what it should be, what it is. `value` is shown only
 * if it is short and no object; pass none for values that may identify somebody.
 */
export function expected(option: string, expectation: string, ...value: readonly unknown[]): TypeError {
  const got = value.length === 0 ? '' : `, got ${shown(value[0])}`
  return new TypeError(`Expected \`${option}\` to be ${expectation}${got}`)
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' || typeof value === 'function') return `a value of type ${typeof value}`
  return `${JSON.stringify(value.toString().slice(0, 80))} (${typeof value})`
}
