import {
  COSTSPAN,
  firstArgument,
  isNextProject,
  placeOf,
  resolveProperty,
  SDK_TRACE,
  setupsOf,
  type Setup,
} from '../queries.ts'
import { settingOf } from '../environment.ts'
import type { Finding, CheckResult, Severity } from '../finding.ts'
import {
  callOf,
  enclosingCalls,
  callsOf,
  mentions,
  uses,
  type Located,
  type Project,
} from '../project.ts'
import type { Call } from '../module.ts'
import { asNode, numberOf, stringOf } from '../syntax.ts'
import { isWrappedByName, mayBeWrapped } from '../wrapped-samplers.ts'

/** Which AI spans a sampler drops. */
type Drops = 'all' | 'some' | 'perhaps' | 'unsampled callers' | 'none'

const samplers = ['AlwaysOffSampler', 'TraceIdRatioBasedSampler', 'ParentBasedSampler']
const recording = new Set(['recordCosts', 'createAlwaysRecordSampler'])

const dropped: Record<Exclude<Drops, 'none'>, string> = {
  all: 'The sampler drops every span: no call is charged.',
  some: 'The sampler drops AI spans: calls in a trace that is not sampled are not charged.',
  perhaps:
    'The sampler may drop AI spans, and calls in a trace that is not sampled are not charged.',
  'unsampled callers':
    'The sampler follows its caller: who sends `traceparent: 00-…-00` is not charged.',
}

/** Whether samplers drop spans that should be charged. */
export function checkSampling(project: Project): CheckResult {
  const findings = [
    ...namedSamplers(project),
    ...setupsOf(project).flatMap((setup) => ofSetup(setup, project)),
    ...ofEnvironment(project),
    ...ofSentry(project),
  ]
  const isSetUp = setupsOf(project).length > 0
  return findings.length > 0 || !isSetUp
    ? { findings }
    : { findings, fine: 'no sampler drops AI spans' }
}

function finding(drops: Drops, project: Project, place: object, add: string): Finding[] {
  if (drops === 'none') return []
  return [
    {
      id: 'sampler-drops',
      severity: severityOf(drops, project),
      ...place,
      message: dropped[drops],
      add,
    },
  ]
}

function severityOf(drops: Drops, project: Project): Severity {
  if (drops === 'all' || drops === 'some') return 'error'
  if (drops === 'perhaps') return 'warning'
  return readsCallers(project) ? 'warning' : 'note'
}

/** Whether a trace may begin outside the process. */
function readsCallers(project: Project): boolean {
  return (
    isNextProject(project) ||
    uses(project, /^@opentelemetry\/(instrumentation-http|auto-instrumentations-node)$/)
  )
}

/** Samplers in the code without `recordCosts` around them. */
function namedSamplers(project: Project): Finding[] {
  const inCode = callsOf(
    project,
    SDK_TRACE,
    ...samplers,
    ...samplers.map((name) => `tracing.${name}`),
  )
  const wrapped = new Set(
    callsOf(project, COSTSPAN, 'recordCosts').map((call) => firstArgument(call, project)?.node),
  )
  return inCode.flatMap((call) => {
    const enclosing = enclosingCalls(call)
    if (wrapped.has(call.node) || enclosing.some((outer) => wrapped.has(outer.node))) return []
    if (
      enclosing.some((outer) => recording.has(outer.name ?? '') || samplers.includes(bare(outer)))
    ) {
      return []
    }
    if (isPartOfAnother(call, inCode, project)) return []
    const drops = dropsOf(call, project)
    if (drops === 'none' || isWrappedByName(call, project)) return []
    const text = call.source.text.slice(call.node.start ?? 0, call.node.end ?? 0)
    const isUnsure = drops !== 'unsampled callers' && mayBeWrapped(call, project)
    return finding(isUnsure ? 'perhaps' : drops, project, placeOf(call), wrappedIn(text))
  })
}

function wrappedIn(text: string): string {
  return `import { recordCosts } from 'costspan/sampling'\nsampler: recordCosts(${oneLine(text)})`
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}

function bare({ of }: Call): string {
  return of?.name.replace(/^tracing\./, '') ?? ''
}

/** Whether a sampler is, by its name, the `root` of another one. */
function isPartOfAnother(call: Call, all: readonly Call[], project: Project): boolean {
  return all.some((other) => {
    const root = resolveProperty(firstArgument(other, project), 'root', project)
    return other !== call && root?.node === call.node
  })
}

function dropsOf(call: Call, project: Project): Drops {
  const argument = firstArgument(call, project)
  switch (bare(call)) {
    case 'AlwaysOffSampler':
      return 'all'
    case 'TraceIdRatioBasedSampler':
      return dropsOfRatio(argument, call)
    case 'ParentBasedSampler':
      return dropsOfParentBased(argument, project)
    default:
      return 'none'
  }
}

/** What a sampler by ratio drops. Without an argument its ratio is 0. */
function dropsOfRatio(argument: Located | undefined, { arguments: given }: Call): Drops {
  if (given.length === 0) return 'all'
  const ratio = numberOf(argument?.node)
  if (ratio === undefined) return 'perhaps'
  if (ratio >= 1) return 'none'
  return ratio <= 0 ? 'all' : 'some'
}

function dropsOfParentBased(options: Located | undefined, project: Project): Drops {
  const root = resolveProperty(options, 'root', project)
  const rootCall = root === undefined ? undefined : callOf(root.node, root.source, project)
  const own = rootCall === undefined ? 'none' : dropsOf(rootCall, project)
  if (own !== 'none') return own
  const remote = resolveProperty(options, 'remoteParentNotSampled', project)
  const followed = remote === undefined ? undefined : callOf(remote.node, remote.source, project)
  return bare(followed ?? ({} as Call)) === 'AlwaysOnSampler' ? 'none' : 'unsampled callers'
}

/** What a set-up drops that has no sampler, or names one of `@vercel/otel`. */
function ofSetup({ call, kind, options }: Setup, project: Project): Finding[] {
  if (kind === '@vercel/otel') {
    const name = stringOf(resolveProperty(options, 'traceSampler', project)?.node)
    const drops = name === undefined ? 'none' : dropsOfName(name, project)
    return finding(drops, project, placeOf(call), "traceSampler: 'always_on'")
  }
  const isUnnamed =
    (options === undefined || resolveProperty(options, 'sampler', project) === undefined) &&
    settingOf(project.environment, 'OTEL_TRACES_SAMPLER') === undefined
  // A provider alone reads no `traceparent`.
  const readsParents = kind === 'NodeSDK' || setsPropagator(project)
  if (!isUnnamed || !readsParents || mentions(project, ...recording)) return []
  const add =
    "import { recordCosts } from 'costspan/sampling'\nsampler: recordCosts(new AlwaysOnSampler())"
  return finding('unsampled callers', project, placeOf(call), add)
}

function setsPropagator({ calls }: Project): boolean {
  return calls.some(({ name }) => name === 'register' || name === 'setGlobalPropagator')
}

/** What a sampler drops, by its name in the specification. */
function dropsOfName(name: string, project: Project): Drops {
  if (name.endsWith('always_off')) return 'all'
  if (name === 'parentbased_always_on') return 'unsampled callers'
  if (!name.endsWith('traceidratio')) return 'none'
  const ratio = settingOf(project.environment, 'OTEL_TRACES_SAMPLER_ARG')
  if (ratio === undefined || Number.isNaN(Number(ratio.value))) return 'perhaps'
  if (Number(ratio.value) >= 1) return name.startsWith('parent') ? 'unsampled callers' : 'none'
  return Number(ratio.value) <= 0 ? 'all' : 'some'
}

/** The sampler of the environment, which a sampler in the code overrides. */
function ofEnvironment(project: Project): Finding[] {
  const setting = settingOf(project.environment, 'OTEL_TRACES_SAMPLER')
  if (setting === undefined || mentions(project, 'sampler', 'traceSampler', ...recording)) return []
  const setups = setupsOf(project)
  if (setups.length > 0 && setups.every(ignoresEnvironment)) return []
  const { file, line, value } = setting
  return finding(
    dropsOfName(value, project),
    project,
    { file, line },
    'OTEL_TRACES_SAMPLER=always_on, or in code\nsampler: recordCosts(sampler)',
  )
}

/** The provider of SDK 3 reads no environment variables. */
function ignoresEnvironment({ kind, call }: Setup): boolean {
  return kind === 'provider' && call.of?.module === '@opentelemetry/sdk-trace'
}

/** Sentry's `tracesSampleRate`: no processor receives the spans that it drops. */
function ofSentry(project: Project): Finding[] {
  return callsOf(project, /^@sentry\//, 'init').flatMap((call) => {
    const options = firstArgument(call, project)
    if (resolveProperty(options, 'openTelemetrySpanProcessors', project) === undefined) return []
    const rate = resolveProperty(options, 'tracesSampleRate', project)?.node
    const rates = [rate, asNode(rate?.['consequent']), asNode(rate?.['alternate'])].map(numberOf)
    const drops = rates.some((each) => each !== undefined && each < 1) ? 'some' : 'none'
    return finding(drops, project, placeOf(call), 'tracesSampleRate: 1')
  })
}
