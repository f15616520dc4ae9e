/** The kind of a fault. `costspan doctor` uses the same ids, but for `unread-usage`, which only a running process shows. */
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
  /** The kind of the fault. It does not change between versions; `message` may. */
  readonly id: FindingId
  /** `error`: calls are not charged, or have no user. `warning`: some costs are bounds, or wrong. */
  readonly severity: 'error' | 'warning'
  /** What is wrong, and what to do, in one line. It contains no attribution value. */
  readonly message: string
}
