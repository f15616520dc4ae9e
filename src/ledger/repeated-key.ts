/** No charge is nested as deeply. */
const MAXIMUM_DEPTH = 64

/** Whether an object in valid JSON has a key twice; also `true` if the JSON is nested too deeply to check. */
export function repeatsKey(json: string): boolean {
  // The keys of each open object; `undefined` for an open array.
  const open: (Set<string> | undefined)[] = []
  for (let index = 0; index < json.length; index++) {
    const character = json[index]
    if (character === '{' || character === '[') {
      if (open.length >= MAXIMUM_DEPTH) return true
      open.push(character === '{' ? new Set() : undefined)
    } else if (character === '}' || character === ']') {
      open.pop()
    } else if (character === '"') {
      const end = endOfString(json, index)
      const keys = open.at(-1)
      if (keys !== undefined && isKey(json, end)) {
        const raw = json.slice(index, end)
        const key = raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1)
        if (keys.has(key)) return true
        keys.add(key)
      }
      index = end - 1
    }
  }
  return false
}

/** The index after the closing quote. */
function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(json, end)) end = json.indexOf('"', end + 1)
  return end === -1 ? json.length : end + 1
}

/** Whether an odd number of backslashes precedes the index. */
function isEscaped(json: string, index: number): boolean {
  let start = index
  while (json[start - 1] === '\\') start--
  return (index - start) % 2 === 1
}

function isKey(json: string, end: number): boolean {
  let next = end
  while (json[next] === ' ' || json[next] === '\t' || json[next] === '\r') next++
  return json[next] === ':'
}
