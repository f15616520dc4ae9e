import { costProcessors, COSTSPAN, firstArgument, isNextProject, placeOf } from '../facts.ts'
import { nothing, type Finding, type Outcome } from '../finding.ts'
import { callsOf, mentions, uses, type Project } from '../project.ts'
import type { Target } from '../targets.ts'
import { stringOf } from '../syntax.ts'

/** What hands over later, from memory. */
const waiting = ['BatchSpanProcessor', 'PeriodicExportingMetricReader', 'LangfuseSpanProcessor']

/** Packages that flush at the end of each invocation by themselves. */
const flushing =
  /^(@microlabs\/otel-cf-workers|@opentelemetry\/instrumentation-aws-lambda|@opentelemetry\/auto-instrumentations-node)$/

/** Whether charges leave before a function is frozen. */
export function checkFlush(project: Project): Outcome {
  const [target] = project.targets
  if (target === undefined || costProcessors(project).length === 0) return nothing
  const place = `${target.name}, by ${target.file}`
  if (isFlushed(project)) {
    return { findings: [], fine: `charges are flushed (${place})` }
  }
  if (uses(project, flushing)) return nothing
  const isByVercel = isFlushedByVercel(project)
  const isWaiting = callsOf(project, /./, ...waiting, 'NodeSDK', 'registerOTel').length > 0
  if (!isWaiting || (isByVercel && callsOf(project, /^ai$/, 'streamText').length === 0))
    return nothing
  const finding: Finding = {
    id: 'no-flush',
    severity: severityOf(project, isByVercel),
    file: target.file,
    line: target.line,
    message: isByVercel
      ? 'On Vercel @vercel/otel flushes 50 ms after a response began at the latest: a call whose stream ends later may be lost.'
      : `A function on ${target.name} is frozen after its response, and what waits in memory is lost: nothing was seen that flushes it.`,
    add: `import { flush } from 'costspan/flush'\n${flushLine(target, project)}`,
  }
  return { findings: [finding] }
}

function isFlushed(project: Project): boolean {
  return (
    callsOf(project, COSTSPAN, 'flush').length > 0 ||
    mentions(project, 'forceFlush') ||
    (mentions(project, 'waitUntil') && mentions(project, 'shutdown'))
  )
}

/** An edge runtime may be a server that runs on. */
function severityOf({ isWhole, targets }: Project, isByVercel: boolean): Finding['severity'] {
  if (!isWhole) return 'note'
  const isFrozen = targets.some(({ name }) => name !== 'an edge runtime')
  return isFrozen && !isByVercel ? 'error' : 'warning'
}

/** `@vercel/otel` flushes traces, not metrics, and only there. */
function isFlushedByVercel(project: Project): boolean {
  return (
    uses(project, /^@vercel\/otel$/) &&
    project.targets.every(({ name }) => name === 'Vercel' || name === 'an edge runtime') &&
    !mentions(project, 'PeriodicExportingMetricReader')
  )
}

function flushLine({ name }: Target, project: Project): string {
  if (name === 'Cloudflare') return 'context.waitUntil(flush({ also: [exporter] }))'
  if (name === 'AWS Lambda')
    return 'await flush({ also: [exporter] })   (before the handler returns)'
  if (isNextProject(project)) return 'after(() => flush({ also: [exporter] }))'
  return name === 'Netlify'
    ? 'context.waitUntil(flush({ also: [exporter] }))'
    : 'waitUntil(flush({ also: [exporter] }))   (of @vercel/functions)'
}

/** Whether a ledger is on a disk that is kept, and is closed. */
export function checkLedgerFile(project: Project): Outcome {
  const opened = callsOf(project, COSTSPAN, 'openLedger')
  const [ledger] = opened
  if (ledger === undefined) return nothing
  const lost = opened.flatMap((call) => notKept(call, project))
  if (lost.length > 0) return { findings: lost }
  if (project.targets.length > 0) return nothing
  if (handlesSignals(project)) return { findings: [], fine: 'the ledger is closed at the end' }
  const finding: Finding = {
    id: 'ledger-not-closed',
    severity: project.isWhole ? 'warning' : 'note',
    ...placeOf(ledger),
    message:
      'Nothing was seen that handles SIGTERM: at each deployment the charges of about the last tenth of a second are lost.',
    add: "process.once('SIGTERM', () => void ledger.close().then(() => process.exit()))",
  }
  return { findings: [finding] }
}

function notKept(call: ReturnType<typeof callsOf>[number], project: Project): Finding[] {
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

/** A handler that ends the process lets the ledger write what is left; Next.js has one. */
function handlesSignals(project: Project): boolean {
  const names = [...project.packages.declared.keys()]
  return (
    mentions(project, 'SIGTERM') ||
    isNextProject(project) ||
    names.some((name) => graceful.test(name))
  )
}
