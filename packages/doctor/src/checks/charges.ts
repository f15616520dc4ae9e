import type { Charge } from 'costspan'
import { readLedger } from 'costspan/ledger'
import { pluralize } from '../pluralize.ts'
import { noFindings, type Finding, type CheckResult } from '../finding.ts'
import { quoteId } from '../printable.ts'
import type { Project } from '../project.ts'
import { areAllRead, isAnyAborted, readingToEnd } from './streams.ts'

/** The most models that are reported, each in a finding. */
const MOST_MODELS = 20

/**
 * The calls of a ledger that have no cost.
 *
 * @throws the error of the file system if the ledger does not exist.
 */
export async function checkLedger(
  path: string | undefined,
  project: Project,
): Promise<CheckResult> {
  if (path === undefined) return noFindings
  const unpriced = new Map<string, number>()
  const counts = { all: 0, withoutUsage: 0 }
  for await (const charge of readLedger(path)) {
    counts.all++
    if (charge.status === 'unknown_usage') counts.withoutUsage++
    if (charge.status !== 'unpriced') continue
    const model = modelOf(charge)
    if (unpriced.has(model) || unpriced.size < MOST_MODELS) {
      unpriced.set(model, (unpriced.get(model) ?? 0) + 1)
    }
  }
  const findings = [...[...unpriced].map(toUnpriced), ...toUnknown(counts, project)]
  if (findings.length > 0) return { findings }
  return {
    findings,
    fine: `all ${counts.all.toLocaleString('en-US')} calls of the ledger have a cost`,
  }
}

function modelOf({ call }: Charge): string {
  const model = call.responseModel ?? call.requestModel ?? 'unknown'
  return `${quoteId(model)} of ${quoteId(call.provider)}`
}

function toUnpriced([model, count]: readonly [string, number]): Finding {
  return {
    id: 'ledger-unpriced',
    severity: 'warning',
    message: `${pluralize(count, 'call')} of ${model} in the ledger ${count === 1 ? 'carries' : 'carry'} no cost: there was no price.`,
    add: "definePrices('own-1', [{ provider: '…', model: '…', input: …, output: … }])   (then repriceCharge)",
  }
}

function toUnknown(
  { all, withoutUsage }: { all: number; withoutUsage: number },
  project: Project,
): Finding[] {
  if (withoutUsage === 0) return []
  const rest =
    withoutUsage === 1
      ? 'it was billed perhaps, and is in no sum'
      : 'they were billed perhaps, and are in no sum'
  return [
    {
      id: 'ledger-unknown-usage',
      severity: 'warning',
      message: `${pluralize(withoutUsage, 'call')} of ${all.toLocaleString('en-US')} in the ledger ended without usage: ${rest}.`,
      add: whatIsLeft(project),
    },
  ]
}

/** What is left to add, without the line that the project has already. */
function whatIsLeft(project: Project): string {
  if (isAnyAborted(project)) {
    return 'remove `abortSignal: request.signal`: it ends a stream whose reader left, although `consumeStream()` reads it'
  }
  if (areAllRead(project)) {
    return '(streams are read to their end: look for processes that end before their calls do, for `maxDuration`, and for streams that something else aborts)'
  }
  return readingToEnd('answer', project)
}
