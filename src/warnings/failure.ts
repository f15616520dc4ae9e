import { diag } from '@opentelemetry/api'
import { catchRejection } from '../thenable.ts'
import { print, type Warnings } from './print.ts'

/**
 * Reports a failure in one line. The message of an error may quote any value, so the line has its name, code and
 * place alone; the error itself goes to OpenTelemetry's `diag`, which is silent unless somebody sets a logger.
 */
export function printFailure(output: Warnings, message: string, error: unknown): void {
  if (output !== 'diag') {
    print(output, `${message} (${kindOf(error)}); OpenTelemetry's diag gets the error itself`)
  }
  try {
    catchRejection(diag.error(`costspan: ${message}`, error))
  } catch {
    // Nothing is left to report it to.
  }
}

/** Such as `TypeError at billing.ts:12:5`, or `ENOSPC`. */
function kindOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return `a value of type ${typeof error} was thrown`
    const { code } = error as { code?: unknown }
    const name = isWord(code) ? code : isWord(error.name) ? error.name : 'Error'
    const place = placeOf(error)
    return place === undefined ? name : `${name} at ${place}`
  } catch {
    return 'an error without a name'
  }
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z][\w-]{0,59}$/.test(value)
}

const LONGEST_STACK = 10_000
const LONGEST_NAME = 100

/** File, line and column of the first frame. A stack starts with the message, which may look like a frame. */
function placeOf({ stack, message }: Error): string | undefined {
  if (typeof stack !== 'string' || typeof message !== 'string') return undefined
  const start = stack.indexOf(message)
  if (start === -1) return undefined
  const frames = stack.slice(start + message.length).slice(0, LONGEST_STACK)
  for (const line of frames.split('\n')) {
    const place = line.startsWith('    at ') ? placeIn(line) : undefined
    if (place !== undefined) return place
  }
  return undefined
}

/** `app.js:3:5` of `    at main (/srv/app.js:3:5)`, without the folders. */
function placeIn(line: string): string | undefined {
  const end = line.endsWith(')') ? line.slice(0, -1) : line
  const position = /:\d{1,9}:\d{1,9}$/.exec(end)
  if (position === null) return undefined
  let start = position.index
  while (position.index - start < LONGEST_NAME && /^[\w.-]$/.test(end[start - 1] ?? '')) start -= 1
  return start === position.index ? undefined : end.slice(start)
}
