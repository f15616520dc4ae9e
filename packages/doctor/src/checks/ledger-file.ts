import { COSTSPAN, firstArgument, isNextProject, placeOf } from '../queries.ts'
import { noFindings, type Finding, type CheckResult } from '../finding.ts'
import { callsOf, mentions, type Project } from '../project.ts'
import type { Call } from '../module.ts'
import { stringOf } from '../syntax.ts'
import { isPassedOn, isTakenOut, membersNamed, placesPassedOn, isValueOf } from '../value-flow.ts'
import { whereElse } from './registration.ts'

/** Whether charges are written into an opened ledger. */
export function checkLedgerFed(project: Project): CheckResult {
  const opened = callsOf(project, COSTSPAN, 'openLedger')
  const [ledger] = opened
  if (ledger === undefined || isTakenOut(project, 'record')) return noFindings
  const members = membersNamed(project, 'record')
  const isFed = opened.some(
    (call) =>
      members.some((member) => isValueOf(member, call, project) !== 'no') ||
      (members.length > 0 && isPassedOn(call, project)),
  )
  if (isFed) return { findings: [], fine: 'charges are written into the ledger' }
  const finding: Finding = {
    id: 'ledger-not-fed',
    severity: project.isWhole ? 'error' : 'note',
    ...placeOf(ledger),
    message: project.isWhole
      ? 'A ledger is opened, and nothing records into it: it stays empty.'
      : `A ledger is opened, and nothing was seen that records into it. ${whereElse(project)}`,
    add: 'new CostSpanProcessor({ onCharge: ledger.record })',
  }
  return { findings: [finding] }
}

/** Whether a ledger is on a persistent disk and is closed. */
export function checkLedgerFile(project: Project): CheckResult {
  const opened = callsOf(project, COSTSPAN, 'openLedger')
  const [ledger] = opened
  if (ledger === undefined) return noFindings
  const lost = opened.flatMap((call) => notKept(call, project))
  if (lost.length > 0) return { findings: lost }
  if (project.targets.length > 0) return noFindings
  return closedAtTheEnd(ledger, project)
}

function notKept(call: Call, project: Project): Finding[] {
  const [target] = project.targets
  if (target === undefined) return []
  const path = stringOf(firstArgument(call, project)?.node)
  // A mounted file system, such as Amazon's EFS, is kept.
  if (path?.startsWith('/mnt/') === true) return []
  return [
    {
      id: 'ledger-not-kept',
      severity: path === undefined ? 'warning' : 'error',
      ...placeOf(call),
      message: `The disk of a function on ${target.name} is not kept: the ledger, and with it the record of each user's cost, is lost.`,
      add: 'new CostSpanProcessor({ onCharge: (charge) => … })   (into a database, and flush() what waits)',
    },
  ]
}

const graceful =
  /^(close-with-grace|@godaddy\/terminus|http-graceful-shutdown|http-terminator|stoppable|fastify-graceful-shutdown|lightship|@nestjs\/core)$/

function closedAtTheEnd(ledger: Call, project: Project): CheckResult {
  const isClosed = closes(ledger, project)
  const isHandled =
    mentions(project, 'SIGTERM') ||
    [...project.packages.declared.keys()].some((name) => graceful.test(name))
  if (isHandled && isClosed) return { findings: [], fine: 'the ledger is closed at the end' }
  // Next.js has a handler that ends the process, and at that end the ledger writes what is left.
  if (isNextProject(project)) return noFindings
  // The ledger does so after any other handler too, and a processor that is shut down settles the open calls.
  if (isHandled && mayBeClosed(ledger, project)) return noFindings
  return { findings: [notClosed(ledger, { isHandled, isClosed }, project)] }
}

/** Whether code calls `close` of anything that is named a ledger. */
function closes(ledger: Call, project: Project): boolean {
  return membersNamed(project, 'close').some(
    (member) =>
      isValueOf(member, ledger, project) === 'yes' ||
      /ledger/i.test(member.source.text.slice(member.object.start ?? 0, member.object.end ?? 0)),
  )
}

function mayBeClosed(ledger: Call, project: Project): boolean {
  return (
    mentions(project, 'shutdown') ||
    isTakenOut(project, 'close') ||
    placesPassedOn(ledger, project).length > 0
  )
}

function notClosed(
  ledger: Call,
  { isHandled, isClosed }: { isHandled: boolean; isClosed: boolean },
  project: Project,
): Finding {
  // Code that closes it and serves no requests is a script, which no signal stops.
  const isLost = !isClosed || serves(project)
  return {
    id: 'ledger-not-closed',
    severity: project.isWhole && isLost ? 'warning' : 'note',
    ...placeOf(ledger),
    message: isHandled
      ? 'SIGTERM is handled, but no code was found that shuts the CostSpanProcessor down and closes the ledger: calls whose streams are still open are not charged.'
      : 'No code was found that handles SIGTERM: each deployment loses the charges of about the last tenth of a second, and calls whose streams are still open are not charged.',
    add:
      "process.once('SIGTERM', () => void processor.shutdown().then(() => ledger.close()).then(() => process.exit()))\n" +
      '(processor: the CostSpanProcessor; a server first answers what it has: docs/guide/serverless.md#shutdown)',
  }
}

function serves({ calls }: Project): boolean {
  return calls.some(({ name }) => /^(listen|serve|createServer)$/.test(name ?? ''))
}
