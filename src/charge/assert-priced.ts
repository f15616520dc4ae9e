import { invalidOption, hasMethod, isRecord, rejectUnknown } from '../invalid-option.ts'
import type { Charge } from './charge.ts'
import { formatId } from './format-id.ts'
import { costStatuses, type CostStatus } from './status.ts'

/** The options of `assertPriced`. */
export interface AssertPricedOptions {
  /**
   * Statuses that are as good as `priced`, such as `call_failed` where a test provokes failures.
   * @defaultValue `[]`
   */
  readonly allow?: readonly CostStatus[] | undefined
}

/** Lines of the error message. A longer list would not be read. */
const MAXIMUM_LINES = 50

/**
 * For tests: fails unless every call has a right cost. The error lists the calls that have none,
 * or an inexact one: status, reason, provider, model, how many; no user, tenant or tag.
 * No calls at all pass: assert their number too.
 *
 * @throws Error if a charge has a status other than `priced` and those in `allow`.
 * @throws TypeError if the charges cannot be iterated, or an option is malformed.
 *
 * @example
 * ```ts
 * import { CostSpanProcessor, type Charge } from 'costspan'
 * import { assertPriced } from 'costspan/prices'
 *
 * const charges: Charge[] = []
 * const processor = new CostSpanProcessor({ onCharge: (charge) => charges.push(charge) })
 * // … run the application with this processor …
 * assertPriced(charges, { allow: ['call_failed'] })
 * ```
 */
export function assertPriced(charges: Iterable<Charge>, options: AssertPricedOptions = {}): void {
  if (!hasMethod(charges, Symbol.iterator)) {
    throw invalidOption('charges', 'an iterable of charges', charges)
  }
  const allowed = new Set<CostStatus>(['priced', ...allowedBy(options)])
  const counts = new Map<string, number>()
  let total = 0
  for (const charge of charges) {
    // Such as the letters of a string, or objects that did not come from `onCharge`.
    if (!isCharge(charge))
      throw invalidOption(`charges[${total}]`, 'a charge, as `onCharge` gives it')
    total++
    if (allowed.has(charge.status)) continue
    const line = describe(charge)
    counts.set(line, (counts.get(line) ?? 0) + 1)
  }
  if (counts.size > 0) throw new Error(messageOf(counts, total))
}

function isCharge(value: unknown): boolean {
  return isRecord(value) && typeof value['status'] === 'string' && isRecord(value['call'])
}

function allowedBy(options: AssertPricedOptions): readonly CostStatus[] {
  rejectUnknown(options, 'options', ['allow'])
  const { allow = [] } = options
  if (!Array.isArray(allow)) throw invalidOption('allow', 'an array of statuses', allow)
  allow.forEach((status: unknown, index) => {
    if (!costStatuses.includes(status as CostStatus)) {
      throw invalidOption(`allow[${index}]`, `one of ${costStatuses.join(', ')}`, status)
    }
  })
  return allow as readonly CostStatus[]
}

function describe({ status, reason, call }: Charge): string {
  const why = reason === undefined ? '' : ` (${reason})`
  const model = call.responseModel ?? call.requestModel
  return `${status}${why}: ${formatId(call.provider)} ${model === undefined ? 'no model' : formatId(model)}`
}

function messageOf(counts: ReadonlyMap<string, number>, total: number): string {
  const failed = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const lines = [...counts].slice(0, MAXIMUM_LINES).map(([line, count]) => `  ${count} × ${line}`)
  if (counts.size > MAXIMUM_LINES) lines.push(`  … and ${counts.size - MAXIMUM_LINES} kinds more`)
  return [`${failed} of ${total} calls are not priced:`, ...lines].join('\n')
}
