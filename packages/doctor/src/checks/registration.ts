import { aiCalls, costProcessors, COSTSPAN, isNextProject, placeOf, setupsOf } from '../queries.ts'
import { costFetchCalls, hasOnCharge } from '../cost-fetch.ts'
import { noFindings, type Finding, type CheckResult } from '../finding.ts'
import type { Call } from '../module.ts'
import { callsOf, imports, mentions, uses, type Project } from '../project.ts'

/** Whether costspan is installed and writes costs onto spans. */
export function checkRegistration(project: Project): CheckResult {
  const { packages } = project
  if (packages.describe('costspan') === undefined && !imports(project, COSTSPAN)) {
    const finding: Finding = {
      id: 'costspan-missing',
      severity: 'error',
      message: 'costspan is not among the packages of the project: no call gets a cost.',
      add: 'npm install costspan',
    }
    return { findings: [finding] }
  }
  const [registered] = costProcessors(project)
  if (registered !== undefined) {
    const { file, line } = placeOf(registered)
    return { findings: [], fine: `${registered.of?.name} is set up (${file}:${line})` }
  }
  const fetches = costFetchCalls(project)
  const charging = fetches.find((call) => hasOnCharge(call, project))
  if (charging !== undefined) {
    const { file, line } = placeOf(charging)
    return { findings: [], fine: `${charging.of?.name} charges calls (${file}:${line})` }
  }
  // A batch job charges spans itself, and an application sets a library up.
  const isApplication =
    aiCalls(project).length > 0 || setupsOf(project).length > 0 || fetches.length > 0
  const records = callsOf(project, COSTSPAN, 'recordCall').length > 0
  if (!(isApplication || records) || mentions(project, 'createCharger')) return noFindings
  return { findings: [missing(project, isApplication)] }
}

function missing(project: Project, isApplication: boolean): Finding {
  const [setup] = setupsOf(project)
  return {
    id: 'processor-missing',
    severity: project.isWhole && isApplication ? 'error' : 'note',
    ...(setup !== undefined && placeOf(setup.call)),
    message: project.isWhole
      ? 'No CostSpanProcessor is set up: no span carries a cost, and nothing is charged.'
      : `No CostSpanProcessor was seen. ${whereElse(project)}`,
    add: isNextProject(project)
      ? "registerOTel({ serviceName: 'app', spanProcessors: [new CostSpanProcessor(), 'auto'] })"
      : "import { CostSpanProcessor } from 'costspan'\n" +
        'spanProcessors: [new CostSpanProcessor(), new BatchSpanProcessor(exporter)]',
  }
}

/** Why something that was not seen may exist. */
export function whereElse({ elsewhere, unread }: Project): string {
  const [place] = [...elsewhere, ...unread]
  return `It may be in ${place ?? 'another place'}, which was not looked at.`
}

const contextManagers = /^@opentelemetry\/context-/
/** Packages that set OpenTelemetry up by themselves, with a context manager and metrics. */
const completeSetups =
  /^(@opentelemetry\/(sdk-node|auto-instrumentations-node)|@sentry\/|@traceloop\/node-server-sdk|langsmith\/experimental\/otel\/setup|logfire|@logfire\/node|@pydantic\/logfire-node|@azure\/monitor-opentelemetry|dd-trace|newrelic|elastic-apm-node|@elastic\/opentelemetry-node|@honeycombio\/opentelemetry-node|@splunk\/otel|@grafana\/|@microlabs\/otel-cf-workers)/

/** Those of them that start when they are imported. */
const selfStarting =
  /^(langsmith\/experimental\/otel\/setup|dd-trace|newrelic|elastic-apm-node|@opentelemetry\/auto-instrumentations-node\/)/

export function isSetUpByAnother(project: Project): boolean {
  return (
    uses(project, completeSetups) ||
    imports(project, selfStarting) ||
    /auto-instrumentations-node/.test(JSON.stringify(project.packages.manifest['scripts'] ?? ''))
  )
}

/** Whether a context manager carries the attribution into calls. */
export function checkContextManager(project: Project): CheckResult {
  const provider = setupsOf(project).find(({ kind }) => kind === 'provider')
  // Without a provider `costFetch` itself reads the attribution.
  const place = provider?.call ?? callOfFetch(project)
  if (place === undefined) return noFindings
  const isRegistered =
    uses(project, contextManagers) ||
    isSetUpByAnother(project) ||
    uses(project, /^@vercel\/otel$/) ||
    mentions(project, 'setGlobalContextManager', 'contextManager') ||
    registersItself(project)
  if (isRegistered) return { findings: [], fine: 'a context manager is registered' }
  const finding: Finding = {
    id: 'no-context-manager',
    severity: project.isWhole ? 'error' : 'note',
    ...placeOf(place),
    message: project.isWhole
      ? 'No context manager is registered: withAttribution has no effect, so the cost of calls has no user.'
      : `No context manager was seen; without one the cost of calls has no user. ${whereElse(project)}`,
    add:
      "import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'\n" +
      'context.setGlobalContextManager(new AsyncLocalStorageContextManager())',
  }
  return { findings: [finding] }
}

function callOfFetch(project: Project): Call | undefined {
  const isAttributed = callsOf(project, COSTSPAN, 'withAttribution', 'setAttribution').length > 0
  const isSetUp = setupsOf(project).length > 0
  return isAttributed && !isSetUp ? costFetchCalls(project)[0] : undefined
}

/** Whether `register()` of a provider sets a context manager. That of `BasicTracerProvider` does not. */
function registersItself(project: Project): boolean {
  const names = ['NodeTracerProvider', 'tracing.NodeTracerProvider', 'WebTracerProvider']
  const isMade = callsOf(project, /^@opentelemetry\//, ...names).length > 0
  return isMade && project.calls.some(({ name }) => name === 'register')
}
