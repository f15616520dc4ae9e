import { diag } from '@opentelemetry/api'
import { catchRejection } from '../thenable.ts'
import { print, type Warnings } from './print.ts'

/**
 * Reports a failure in one line. The message of an error may quote any value, so the line has the error's name or code
 * and its place alone. OpenTelemetry's `diag`, which is silent unless the application sets a logger, gets the error itself.
 */
export function printFailure(output: Warnings, message: string, error: unknown): void {
  if (output !== 'diag') {
    print(
      output,
      `${message} (${describeError(error)}); OpenTelemetry's diag gets the error itself`,
    )
  }
  try {
    catchRejection(diag.error(`costspan: ${message}`, error))
  } catch {
    // No other place is left to report it.
  }
}

/** Such as `TypeError at billing.ts:12:5`, or `ENOSPC`. */
function describeError(error: unknown): string {
  try {
    if (!(error instanceof Error)) return `a value of type ${typeof error} was thrown`
    const { code, name, message, stack } = error as Error & { code?: unknown }
    const kind = [code, name].find(isPlainName) ?? 'Error'
    // A stack begins with the message, which may look like a frame.
    const start = String(stack).indexOf(message)
    const frames =
      start < 0
        ? ''
        : String(stack)
            .slice(start + message.length)
            .slice(0, LONGEST_STACK)
    const place = placeIn(frames)
    return place === undefined ? kind : `${kind} at ${place}`
  } catch {
    return 'an error without a name'
  }
}

function isPlainName(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z][\w-]{0,59}$/.test(value)
}

/** Characters of a stack that are searched. */
const LONGEST_STACK = 10_000

const LONGEST_NAME = 100

/** File, line and column of the first frame, without folders: `app.js:3:5` of `    at main (/srv/app.js:3:5)`. */
function placeIn(frames: string): string | undefined {
  for (const line of frames.split('\n')) {
    const end = line.endsWith(')') ? line.slice(0, -1) : line
    const position = line.startsWith('    at ') ? /:\d{1,9}:\d{1,9}$/.exec(end) : null
    if (position === null) continue
    let start = position.index
    while (position.index - start < LONGEST_NAME && /^[\w.-]$/.test(end[start - 1] ?? '')) start--
    if (start < position.index) return end.slice(start)
  }
  return undefined
}
