/** Each has the id that `costspan doctor` gives it; `unread-usage` shows at run time alone. */
export type FindingId =
  | 'processor-missing'
  | 'no-context-manager'
  | 'api-copies'
  | 'exporter-first'
  | 'sampler-drops'
  | 'no-integration'
  | 'integration-options'
  | 'unread-usage'

/** A fault of the set-up of this process. */
export interface Finding {
  readonly id: FindingId
  /** `error`: calls are not charged, or have no user. `warning`: some costs are bounds, or wrong. */
  readonly severity: 'error' | 'warning'
  /** What is wrong, and what to do, in one line. It contains no attribution value. */
  readonly message: string
}
