import {
  COSTSPAN,
  countProperties,
  firstArgument,
  hasProperty,
  placeOf,
  resolveProperty,
  setupsOf,
} from '../queries.ts'
import { noFindings, type Finding, type CheckResult } from '../finding.ts'
import { callsOf, type Project } from '../project.ts'
import type { Call } from '../module.ts'
import { isWrittenOut, nodesIn, numberOf, propertyOf, stringOf } from '../syntax.ts'
import { isSetUpByAnother, whereElse } from './registration.ts'

/** The most series of a metric in OpenTelemetry's SDK, unless a view sets another limit. */
const SDK_LIMIT = 2000
/** The counter of tokens has a series for each kind. */
const KINDS_OF_TOKENS = 4

/** Whether metrics have enough series for the users of the application. */
export function checkMetrics(project: Project): CheckResult {
  const findings = callsOf(project, COSTSPAN, 'costMetrics').flatMap((call) =>
    limitOf(call, project),
  )
  return findings.length > 0 ? { findings } : noFindings
}

/** Whether a provider exports the metrics. */
export function checkMeterProvider(project: Project): CheckResult {
  const [setup] = setupsOf(project)
  const first = callsOf(project, COSTSPAN, 'costMetrics').find((call) =>
    isForGlobalProvider(call, project),
  )
  // Metrics are set up where tracing is, and that may be in code that was not examined.
  if (first === undefined || setup === undefined || isMeterProviderSet(project)) return noFindings
  const finding: Finding = {
    id: 'metrics-not-registered',
    severity: project.isWhole ? 'warning' : 'note',
    ...placeOf(first),
    message: `No code was found that registers a MeterProvider. Without one, what costMetrics counts is lost.${project.isWhole ? '' : ` ${whereElse(project)}`}`,
    add:
      setup.kind === '@vercel/otel'
        ? 'registerOTel({ …, metricReaders: [new PeriodicExportingMetricReader({ exporter })] })'
        : "import { metrics } from '@opentelemetry/api'\n" +
          'metrics.setGlobalMeterProvider(new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] }))',
  }
  return { findings: [finding] }
}

function isForGlobalProvider(call: Call, project: Project): boolean {
  const options = firstArgument(call, project)
  if (options === undefined) return true
  return isWrittenOut(options.node) && propertyOf(options.node, 'meterProvider') === undefined
}

/** Whether a set-up brings a meter provider. NodeSDK does, by itself or by the environment. */
function isMeterProviderSet(project: Project): boolean {
  return (
    project.calls.some(({ name }) => name === 'setGlobalMeterProvider') ||
    hasProperty(project, 'metricReader', 'metricReaders') ||
    isSetUpByAnother(project)
  )
}

/** A reader has an option of the same name as `costMetrics`. */
function isRaisedOfReader(project: Project): boolean {
  const ours = project.calls.filter(
    (call) =>
      call.name === 'costMetrics' &&
      resolveProperty(firstArgument(call, project), 'cardinalityLimit', project) !== undefined,
  )
  return countProperties(project, 'cardinalityLimit') > ours.length
}

function limitOf(call: Call, project: Project): Finding[] {
  const options = firstArgument(call, project)
  const maximum = resolveProperty(options, 'cardinalityLimit', project)
  const isRaised = hasProperty(
    project,
    'aggregationCardinalityLimit',
    'cardinalityLimits',
    'cardinalitySelector',
  )
  const series = numberOf(maximum?.node)
  const isTooMany = series !== undefined && series * KINDS_OF_TOKENS > SDK_LIMIT
  if (isTooMany && !isRaised && !isRaisedOfReader(project)) {
    return [
      {
        id: 'metrics-limit',
        severity: 'warning',
        ...placeOf(call),
        message: `${series} series are ${series * KINDS_OF_TOKENS} of tokens, and OpenTelemetry's SDK counts what is beyond ${SDK_LIMIT} without labels and without a warning: the users of that part are lost.`,
        add: `views: [{ instrumentName: 'costspan.*', aggregationCardinalityLimit: ${series * KINDS_OF_TOKENS * 2} }]`,
      },
    ]
  }
  if (maximum !== undefined || !isByUser(call, project)) return []
  return [
    {
      id: 'metrics-limit',
      severity: 'warning',
      ...placeOf(call),
      message:
        'Each user has series of their own, and those who come after some hundred series are counted together under `other`: make bills from a ledger, or raise both limits.',
      add:
        "costMetrics({ by: ['user'], cardinalityLimit: 10_000 })\n" +
        "views: [{ instrumentName: 'costspan.*', aggregationCardinalityLimit: 80_000 }]",
    },
  ]
}

function isByUser(call: Call, project: Project): boolean {
  const by = resolveProperty(firstArgument(call, project), 'by', project)
  return nodesIn(by?.node['elements']).some((element) => stringOf(element) === 'user')
}
