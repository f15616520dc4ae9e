import { costProcessors, COSTSPAN, isNextProject } from '../queries.ts'
import { noFindings, type Finding, type CheckResult } from '../finding.ts'
import { callsOf, mentions, uses, type Project } from '../project.ts'
import type { DeployTarget } from '../deploy-targets.ts'

/** Processors and readers that export later, from memory. */
const waiting = ['BatchSpanProcessor', 'PeriodicExportingMetricReader', 'LangfuseSpanProcessor']

/** Packages that flush at the end of each invocation by themselves. */
const flushing =
  /^(@microlabs\/otel-cf-workers|@opentelemetry\/instrumentation-aws-lambda|@opentelemetry\/auto-instrumentations-node)$/

/** Whether charges are exported before a function is frozen. */
export function checkFlush(project: Project): CheckResult {
  const [target] = project.targets
  if (target === undefined || costProcessors(project).length === 0) return noFindings
  const place = `${target.name}, by ${target.file}`
  if (isFlushed(project)) {
    return { findings: [], fine: `charges are flushed (${place})` }
  }
  if (uses(project, flushing)) return noFindings
  const isByVercel = isFlushedByVercel(project)
  const isWaiting = callsOf(project, /./, ...waiting, 'NodeSDK', 'registerOTel').length > 0
  if (!isWaiting || (isByVercel && callsOf(project, /^ai$/, 'streamText').length === 0))
    return noFindings
  const finding: Finding = {
    id: 'no-flush',
    severity: severityOf(project, isByVercel),
    file: target.file,
    line: target.line,
    message: isByVercel
      ? 'On Vercel @vercel/otel flushes 50 ms after a response began at the latest: a call whose stream ends later may be lost.'
      : `A function on ${target.name} is frozen after its response, and what waits in memory is lost: nothing was seen that flushes it.`,
    add: `import { flush } from 'costspan/serverless'\n${flushLine(target, project)}`,
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

/** The severity. An edge runtime may be a server that keeps running. */
function severityOf({ isWhole, targets }: Project, isByVercel: boolean): Finding['severity'] {
  if (!isWhole) return 'note'
  const isFrozen = targets.some(({ name }) => name !== 'an edge runtime')
  return isFrozen && !isByVercel ? 'error' : 'warning'
}

/** `@vercel/otel` flushes traces, not metrics, and only on Vercel. */
function isFlushedByVercel(project: Project): boolean {
  return (
    uses(project, /^@vercel\/otel$/) &&
    project.targets.every(({ name }) => name === 'Vercel' || name === 'an edge runtime') &&
    !mentions(project, 'PeriodicExportingMetricReader')
  )
}

function flushLine({ name }: DeployTarget, project: Project): string {
  if (name === 'Cloudflare') return 'context.waitUntil(flush({ targets: [exporter] }))'
  if (name === 'AWS Lambda')
    return 'await flush({ targets: [exporter] })   (before the handler returns)'
  if (isNextProject(project)) return 'after(() => flush({ targets: [exporter] }))'
  return name === 'Netlify'
    ? 'context.waitUntil(flush({ targets: [exporter] }))'
    : 'waitUntil(flush({ targets: [exporter] }))   (of @vercel/functions)'
}
