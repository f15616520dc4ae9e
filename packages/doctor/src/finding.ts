/** `error`: the code loses or misstates money. `warning`: it may, or it does so for some calls. `note`: worth checking. */
export type Severity = 'error' | 'warning' | 'note'

/** From the most severe to the least. */
export const severities: readonly Severity[] = ['error', 'warning', 'note']

/** Every kind of finding; `docs/reference/doctor.md` explains each. */
export const findingIds = [
  'costspan-missing',
  'processor-missing',
  'exporter-first',
  'exporter-missing',
  'provider-not-registered',
  'set-up-not-loaded',
  'no-context-manager',
  'sampler-drops',
  'simple-processor',
  'no-integration',
  'integration-options',
  'integration-twice',
  'raw-client',
  'call-without-telemetry',
  'telemetry-disabled',
  'metadata-ignored',
  'no-payer',
  'payer-redacted',
  'model-unpriced',
  'ledger-unpriced',
  'ledger-unknown-usage',
  'api-copies',
  'costspan-copies',
  'sdk-majors',
  'no-flush',
  'stream-unread',
  'stream-aborted',
  'edge-import',
  'ledger-not-fed',
  'ledger-not-closed',
  'ledger-not-kept',
  'metrics-not-registered',
  'metrics-limit',
  'not-read',
  'not-installed',
] as const

export type FindingId = (typeof findingIds)[number]

export interface Finding {
  readonly id: FindingId
  readonly severity: Severity
  /** Relative to the directory that was examined. */
  readonly file?: string | undefined
  readonly line?: number | undefined
  /** What happens to the money. */
  readonly message: string
  /** What to add, or to change: lines of code or of a configuration, or a command. */
  readonly add: string
}

/** The result of one check: its findings, or what is right. */
export interface CheckResult {
  readonly findings: readonly Finding[]
  readonly fine?: string | undefined
}

export const noFindings: CheckResult = { findings: [] }
