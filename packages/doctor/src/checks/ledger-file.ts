import { COSTSPAN, firstArgument, isNextProject, placeOf } from '../queries.ts'
import { nothing, type Finding, type Outcome } from '../finding.ts'
import { callsOf, mentions, type Project } from '../project.ts'
import type { Call } from '../module.ts'
import { stringOf } from '../syntax.ts'
import { isHandedOn, isTakenOut, membersNamed, placesHandedOn, standsFor } from '../value-flow.ts'
import { whereElse } from './registration.ts'

/** Whether charges get into a ledger. */
export function checkLedgerFed(project: Project): Outcome {
  const opened = callsOf(project, COSTSPAN, 'openLedger')
  const [ledger] = opened
  if (ledger === undefined || isTakenOut(project, 'record')) return nothing
  const members = membersNamed(project, 'record')
  const isFed = opened.some(
    (call) =>
      members.some((member) => standsFor(member, call, project) !== 'no') ||
      (members.length > 0 && isHandedOn(call, project)),
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

/** Whether a ledger is on a disk that is kept, and is closed. */
export function checkLedgerFile(project: Project): Outcome {
  const opened = callsOf(project, COSTSPAN, 'openLedger')
  const [ledger] = opened
  if (ledger === undefined) return nothing
  const lost = opened.flatMap((call) => notKept(call, project))
  if (lost.length > 0) return { findings: lost }
  if (project.targets.length > 0) return nothing
  return closedAtTheEnd(ledger, project)
}

function notKept(call: Call, project: Project): Finding[] {
  const [target] = project.targets
  if (target === undefined) return []
  const path = stringOf(firstArgument(call, project)?.node)
  // A file system that was mounted, such as Amazon's EFS.
  if (path?.startsWith('/mnt/') === true) return []
  return [
    {
      id: 'ledger-not-kept',
      severity: path === undefined ? 'warning' : 'error',
      ...placeOf(call),
      message: `The disk of a function on ${target.name} is not kept: the ledger, and what it says who pays, goes with it.`,
      add: 'new CostSpanProcessor({ onCharge: (charge) => … })   (into a database, and flush() what waits)',
    },
  ]
}

const graceful =
  /^(close-with-grace|@godaddy\/terminus|http-graceful-shutdown|http-terminator|stoppable|fastify-graceful-shutdown|lightship|@nestjs\/core)$/

function closedAtTheEnd(ledger: Call, project: Project): Outcome {
  const isClosed = closes(ledger, project)
  const isHandled =
    mentions(project, 'SIGTERM') ||
    [...project.packages.declared.keys()].some((name) => graceful.test(name))
  if (isHandled && isClosed) return { findings: [], fine: 'the ledger is closed at the end' }
  // Next.js has a handler that ends the process, and at its end the ledger writes what is left.
  if (isNextProject(project)) return nothing
  // So does the ledger after any other handler, and a processor that is shut down settles the calls that are open.
  if (isHandled && mayBeClosed(ledger, project)) return nothing
  return { findings: [notClosed(ledger, { isHandled, isClosed }, project)] }
}

/** `ledger.close`, of whatever is called a ledger. */
function closes(ledger: Call, project: Project): boolean {
  return membersNamed(project, 'close').some(
    (member) =>
      standsFor(member, ledger, project) === 'yes' ||
      /ledger/i.test(member.source.text.slice(member.object.start ?? 0, member.object.end ?? 0)),
  )
}

function mayBeClosed(ledger: Call, project: Project): boolean {
  return (
    mentions(project, 'shutdown') ||
    isTakenOut(project, 'close') ||
    placesHandedOn(ledger, project).length > 0
  )
}

function notClosed(
  ledger: Call,
  { isHandled, isClosed }: { isHandled: boolean; isClosed: boolean },
  project: Project,
): Finding {
  // What closes it and serves nobody is a script, which nothing stops.
  const isLost = !isClosed || serves(project)
  return {
    id: 'ledger-not-closed',
    severity: project.isWhole && isLost ? 'warning' : 'note',
    ...placeOf(ledger),
    message: isHandled
      ? 'SIGTERM is handled, but nothing was seen that shuts the CostSpanProcessor down and closes the ledger: calls whose streams are open by then are charged nowhere.'
      : 'Nothing was seen that handles SIGTERM: at each deployment the charges of about the last tenth of a second are lost, and calls whose streams are open are charged nowhere.',
    add:
      "process.once('SIGTERM', () => void processor.shutdown().then(() => ledger.close()).then(() => process.exit()))\n" +
      '(processor: the CostSpanProcessor; a server first answers what it has: docs/guide/serverless.md#shutdown)',
  }
}

function serves({ calls }: Project): boolean {
  return calls.some(({ name }) => /^(listen|serve|createServer)$/.test(name ?? ''))
}
