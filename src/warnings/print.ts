import { diag } from '@opentelemetry/api'
import { catchRejection } from '../thenable.ts'
import { processState } from './process-state.ts'

/** Where warnings go. */
export type Warnings = 'console' | 'diag' | ((message: string) => void)

/** The keys of lines that have been printed, and how many of them name a model without a price. */
export interface Printed {
  /** At most 1,000. */
  readonly keys: Set<string>
  /** The number of models without a price that have a line. */
  models: number
}

export function nothingPrinted(): Printed {
  return { keys: new Set(), models: 0 }
}

/** The warnings of one process. */
export interface ProcessWarnings {
  /** Where code that no processor calls prints: the latest `warnings` option of a processor or an exporter. */
  output: Warnings
  /** What has been printed on the console. */
  readonly console: Printed
  /** What such code has sent to `output`, unless that is the console. */
  sent: Printed
}

/** The warnings of this process. */
export const processWarnings = processState('warnings', createProcessWarnings, isOfThisVersion)

function createProcessWarnings(): ProcessWarnings {
  return { output: 'console', console: nothingPrinted(), sent: nothingPrinted() }
}

function isOfThisVersion({ output, console: onConsole, sent }: Partial<ProcessWarnings>): boolean {
  return output !== undefined && isPrinted(onConsole) && isPrinted(sent)
}

function isPrinted(printed: Partial<Printed> | undefined): boolean {
  return printed?.keys instanceof Set && typeof printed.models === 'number'
}

/** Prints one line. A console, logger or function that throws or rejects does not reach the caller. */
export function print(output: Warnings, message: string): void {
  const line = `costspan: ${message}`
  try {
    if (output === 'diag') catchRejection(diag.warn(line))
    else if (output !== 'console') catchRejection(output(line))
    // oxlint-disable-next-line no-console -- the default: a log that is silent until it is set up would hide lost costs
    else console.warn(line)
  } catch {
    // No other place is left to report it.
  }
}
