import { hasProperty, isCostProcessor, placeOf, setupsOf, type Setup } from '../queries.ts'
import { noFindings, type Finding, type CheckResult } from '../finding.ts'
import { callOf, uses, type Project } from '../project.ts'
import { isPassedOn, membersNamed, isValueOf, type Member } from '../value-flow.ts'
import { whereElse } from './registration.ts'

/** Whether spans reach a provider that the code makes itself. */
export function checkGlobalProvider(project: Project): CheckResult {
  const setups = setupsOf(project)
  const byHand = setups.filter((setup) => setup.kind === 'provider' && carriesCosts(setup, project))
  if (byHand.length < setups.length || isAnyMadeGlobal(project)) return noFindings
  if (byHand.some((setup) => isReached(setup, project))) return noFindings
  return { findings: byHand.map((setup) => toFinding(setup, project)) }
}

function carriesCosts({ processors = [] }: Setup, project: Project): boolean {
  return processors.some((processor) => {
    const { call } = processor
    const exporter = call && callOf(call.arguments[0], call.source, project)
    return isCostProcessor(processor) || exporter?.of?.name === 'CostSpanExporter'
  })
}

function isAnyMadeGlobal(project: Project): boolean {
  return (
    project.calls.some(({ name }) => /^set(Global)?TracerProvider$/.test(name ?? '')) ||
    hasProperty(project, 'tracerProvider') ||
    uses(project, /^@opentelemetry\/sdk-node$/)
  )
}

/** Whether a provider is used: by its `register()`, by a tracer of its own, or by code that receives it. */
function isReached({ call }: Setup, project: Project): boolean {
  const isAsked = membersNamed(project, 'getTracer').some(
    (member) => isValueOf(member, call, project) !== 'no',
  )
  const isRegistered = membersNamed(project, 'register').some((member) => {
    const certainty = isValueOf(member, call, project)
    return certainty === 'yes' || (certainty === 'perhaps' && !takesPlugin(member))
  })
  return isAsked || isRegistered || isPassedOn(call, project)
}

/** Whether it is Fastify's `register`, which takes a plugin. That of a provider takes options or no argument. */
function takesPlugin({ node, source }: Member): boolean {
  const above = source.parents.get(node)
  const [first] = (above && source.callsByNode.get(above)?.arguments) ?? []
  return first !== undefined && first.type !== 'ObjectExpression'
}

function toFinding({ call }: Setup, project: Project): Finding {
  return {
    id: 'provider-not-registered',
    severity: project.isWhole ? 'error' : 'note',
    ...placeOf(call),
    message: project.isWhole
      ? 'This provider is not registered, and no code takes a tracer from it: it receives no spans, and no call is charged.'
      : `No code was found that registers this provider. Unless it is registered, no call is charged. ${whereElse(project)}`,
    add: "import { trace } from '@opentelemetry/api'\ntrace.setGlobalTracerProvider(provider)",
  }
}
