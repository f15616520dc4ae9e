import { GrowingBytes, joined } from './joined-bytes.ts'
import type { Endpoint } from './endpoint.ts'
import { providerFamily } from '../conventions/provider-family.ts'
import { asObject, type JsonObject } from '../span/json.ts'

/** Providers whose streams of chat completions report usage only if the request asks for it, and that accept the question. */
const asked = new Set(['openai', 'azure', 'deepseek', 'groq', 'togetherai', 'fireworks'])

/** The first version of Azure's interface that accepts `stream_options`. */
const FIRST_AZURE_VERSION = '2024-09-01'

const OPTION = '{"stream_options":{"include_usage":true},'

/**
 * Returns the body of a request for a stream of chat completions that also asks for usage, or `undefined` if it asks
 * itself, or if the host is not known to accept it. The rest of the text stays as it is.
 */
export function askForUsage(
  { format, provider }: Endpoint,
  url: URL,
  text: string,
  body: JsonObject,
): string | undefined {
  if (
    format !== 'openai-chat' ||
    body['stream'] !== true ||
    Object.hasOwn(body, 'stream_options')
  ) {
    return undefined
  }
  const family = providerFamily(provider)
  if (!asked.has(family) || (family === 'azure' && !isAcceptedByAzure(url))) return undefined
  const brace = text.indexOf('{')
  return text.slice(0, brace) + OPTION + text.slice(brace + 1)
}

function isAcceptedByAzure(url: URL): boolean {
  const version = url.searchParams.get('api-version')
  // The interface without dated versions is newer.
  return version === null ? url.pathname.includes('/v1/') : version >= FIRST_AZURE_VERSION
}

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/** Bytes of an event that are held back until it has ended. A longer event passes as it is. */
const MAXIMUM_EVENT_BYTES = 65_536

const NO_BYTES = new Uint8Array(0)

/**
 * Hides from a stream what only {@link askForUsage} asked for: the last chunk, which has the usage and no choice, and
 * `"usage":null` in the others. Events pass whole. All other bytes stay as they are. Each byte is looked at once as it
 * arrives, and once when its event has ended.
 */
export class UsageFilter {
  readonly #held = new GrowingBytes()
  /** Whether the line that has not ended has bytes. */
  #hasLine = false
  /** Whether the last byte was a carriage return, which a line feed may follow. */
  #endsInReturn = false
  /** Whether that carriage return ended an event that was hidden. */
  #isReturnHidden = false
  /** Whether the event that has not ended is too long, and passes as it is. */
  #isLong = false

  push(chunk: Uint8Array): Uint8Array {
    const { length } = chunk
    if (length === 0) return chunk
    const passed: Uint8Array[] = []
    let start = 0
    let line = 0
    if (this.#endsInReturn && chunk[0] === LINE_FEED) {
      line = 1
      // What ends an event belongs to it, even if it arrives later.
      if (this.#held.length === 0 && !this.#isLong) {
        start = 1
        if (!this.#isReturnHidden) passed.push(chunk.subarray(0, 1))
      }
    }
    this.#endsInReturn = false
    // Both are searched only forward, so that a chunk of nothing but line ends takes linear time.
    let feed = chunk.indexOf(LINE_FEED, line)
    let carriage = chunk.indexOf(CARRIAGE_RETURN, line)
    while (line < length) {
      if (feed !== -1 && feed < line) feed = chunk.indexOf(LINE_FEED, line)
      if (carriage !== -1 && carriage < line) carriage = chunk.indexOf(CARRIAGE_RETURN, line)
      const isReturn = carriage !== -1 && (feed === -1 || carriage < feed)
      const end = isReturn ? carriage : feed
      if (end === -1) {
        this.#hasLine = true
        break
      }
      const isEmpty = end === line && !this.#hasLine
      this.#hasLine = false
      line = end + 1
      if (isReturn && line === length) this.#endsInReturn = true
      else if (isReturn && chunk[line] === LINE_FEED) line++
      if (!isEmpty) continue
      passed.push(this.#endEvent(chunk.subarray(start, line)))
      start = line
    }
    if (start < length) passed.push(this.#hold(chunk.subarray(start)))
    return joined(passed)
  }

  /** What has not ended. Some servers end with the last line. */
  rest(): Uint8Array {
    return filtered(this.#held.take()).passed
  }

  #hold(bytes: Uint8Array): Uint8Array {
    if (this.#isLong) return bytes
    if (this.#held.length + bytes.length <= MAXIMUM_EVENT_BYTES) {
      this.#held.append(bytes)
      return NO_BYTES
    }
    this.#isLong = true
    return joined([this.#held.take(), bytes])
  }

  #endEvent(end: Uint8Array): Uint8Array {
    this.#isReturnHidden = false
    const isLong = this.#isLong || this.#held.length + end.length > MAXIMUM_EVENT_BYTES
    this.#isLong = false
    const event = this.#held.length === 0 ? end : joined([this.#held.take(), end])
    if (isLong) return event
    const { passed, isHidden } = filtered(event)
    this.#isReturnHidden = isHidden
    return passed
  }
}

/** What is passed on of one event. Of a hidden one these are its comments. */
function filtered(event: Uint8Array): { passed: Uint8Array; isHidden: boolean } {
  const unchanged = { passed: event, isHidden: false }
  const text = oneCharacterPerByte(event)
  if (!text.includes('"usage"')) return unchanged
  const lines = linesOf(text)
  const data = lines.filter(({ isData }) => isData)
  const json = data.map(({ value }) => text.slice(value, endOfLine(text, value))).join('\n')
  const chunk = parsedChunk(json)
  if (chunk === undefined) return unchanged
  if (isAddition(chunk)) {
    // A comment, such as one that keeps the connection open, belongs to no event.
    const comments = lines.filter(({ isComment }) => isComment)
    const passed = joined(comments.map(({ start, end }) => event.subarray(start, end)))
    return { passed, isHidden: true }
  }
  const [only] = data
  if (data.length !== 1 || only === undefined || chunk['usage'] !== null) return unchanged
  const member = nullUsageIn(json)
  if (member === undefined) return unchanged
  const before = event.subarray(0, only.value + member.start)
  const after = event.subarray(only.value + member.end)
  return { passed: joined([before, after]), isHidden: false }
}

/**
 * The bytes as a text whose offsets are those of the bytes. It is JSON where the bytes are: all that has a meaning in JSON is
 * ASCII. So no byte order mark is lost, and no malformed character is replaced.
 */
function oneCharacterPerByte(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096))
  }
  return text
}

const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf'

interface Line {
  readonly start: number
  /** Behind what ends the line. */
  readonly end: number
  /** Where the value of `data` begins. */
  readonly value: number
  readonly isData: boolean
  readonly isComment: boolean
}

function linesOf(text: string): Line[] {
  const lines: Line[] = []
  let start = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0
  while (start < text.length) {
    const last = endOfLine(text, start)
    const end = last + (text.startsWith('\r\n', last) ? 2 : 1)
    lines.push({
      start,
      end: Math.min(end, text.length),
      value: start + 'data:'.length,
      isData: text.startsWith('data:', start),
      isComment: text[start] === ':',
    })
    start = end
  }
  return lines
}

const LINE_END = /[\r\n]|$/g

/** The index of what ends a line. */
function endOfLine(text: string, start: number): number {
  LINE_END.lastIndex = start
  return LINE_END.exec(text)?.index ?? text.length
}

function parsedChunk(json: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(json))
  } catch {
    return undefined
  }
}

/** Whether a chunk was sent only because usage was asked for. */
function isAddition({ choices, usage }: JsonObject): boolean {
  return Array.isArray(choices) && choices.length === 0 && asObject(usage) !== undefined
}

const NULL_VALUE = /\s*:\s*null/y
const NEXT_MEMBER = /\s*,\s*/y

/** The last member `"usage":null` of an object, with the comma that separates it. That of an object inside is none. */
function nullUsageIn(json: string): { start: number; end: number } | undefined {
  let found: { start: number; end: number } | undefined
  let depth = 0
  /** The comma or brace before the name of a member; -1 if a value comes next. */
  let before = -1
  for (let at = 0; at < json.length; at++) {
    const character = json[at]
    if (character === '{' || character === '[') {
      depth++
      before = depth === 1 ? at : -1
    } else if (character === '}' || character === ']') depth--
    else if (character === ',' && depth === 1) before = at
    else if (character === '"') {
      const end = endOfString(json, at)
      if (before !== -1 && json.slice(at, end) === '"usage"') {
        found = memberOf(json, before, at, end) ?? found
      }
      before = -1
      at = end - 1
    }
  }
  return found
}

function memberOf(json: string, before: number, start: number, end: number) {
  NULL_VALUE.lastIndex = end
  if (!NULL_VALUE.test(json)) return undefined
  const valueEnd = NULL_VALUE.lastIndex
  if (json[before] === ',') return { start: before, end: valueEnd }
  NEXT_MEMBER.lastIndex = valueEnd
  return { start, end: NEXT_MEMBER.test(json) ? NEXT_MEMBER.lastIndex : valueEnd }
}

/** The index behind the quote that ends a string. */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    if (json[at] === '\\') at++
    else if (json[at] === '"') return at + 1
  }
  return json.length
}
