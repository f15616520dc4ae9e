import type { LedgerOptions } from '../../src/ledger/index.ts'

export interface ApplicationSettings {
  /** Of the OTLP receiver, without a path. */
  readonly receiver: string
  /** Of the loopback provider; without it calls are recorded by `recordCall`. */
  readonly provider?: string | undefined
  readonly perSecond: number
  readonly promptCharacters?: number
  readonly ledgerPath: string
  readonly ledgerOptions?: LedgerOptions
  /** Whether each charge is printed on standard output, with the time, and each turn of the event loop. */
  readonly announces?: boolean
}

export type ApplicationRequest =
  | 'start'
  | 'stop'
  | 'end'
  | 'set the clock back by 4 s'
  | 'set the clock back by 26 h'
  /** Modes of files do not apply to root. */
  | 'drop privileges'
  | 'serve, then freeze'
  | 'serve, flush, then freeze'
  | 'report'

export interface ApplicationReport {
  made: number
  answered: number
  failures: string[]
  /** How often `onCharge` was called. */
  charged: number
  /** `ledger.lost` */
  lost: number
  unhandledRejections: number
  /** For how long the event loop worked at one thing at most, while calls were made. */
  longestPauseMilliseconds: number
  /** Warnings and errors of costspan that OpenTelemetry's logger was given. */
  printed: string[]
}

/** As the operating system numbers its users. */
export const UNPRIVILEGED_USER = 65_534

/** Which process asks, for the provider to know. */
export const PROCESS_HEADER = 'x-process'
