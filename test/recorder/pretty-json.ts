/** Objects and lists up to this length stay on one line: spans have many small ones. */
const LONGEST_LINE = 160

/** JSON that diffs line by line, with one space of indentation because there is so much of it. */
export function prettyJson(value: unknown, indentation = ''): string {
  const line = JSON.stringify(value)
  if (typeof value !== 'object' || value === null || line.length <= LONGEST_LINE) return line

  const inner = `${indentation} `
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const items = Array.isArray(value)
    ? value.map((item) => prettyJson(item, inner))
    : Object.entries(value).map(
        ([key, item]) => `${JSON.stringify(key)}: ${prettyJson(item, inner)}`,
      )
  return `${open}\n${items.map((item) => inner + item).join(',\n')}\n${indentation}${close}`
}
