import { aiCalls, aiMajor, firstArgument, hasProperty, placeOf } from '../queries.ts'
import { noFindings, type Finding, type CheckResult } from '../finding.ts'
import { callsOf, mentions, uses, type Project } from '../project.ts'
import type { Call } from '../module.ts'
import { booleanOf, isWrittenOut, propertyOf, type SyntaxNode } from '../syntax.ts'
import { AI_SDK_OTEL, areOneProcess, integrationsOf, registrationsOf } from '../registrations.ts'
import { whereElse } from './registration.ts'

const register = 'registerTelemetry(new OpenTelemetry({ usage: true, providerMetadata: true }))'

/** Whether AI SDK 7 emits spans, with all that a cost depends on. */
export function checkIntegrations(project: Project): CheckResult {
  const [call] = aiCalls(project)
  if ((aiMajor(project) ?? 0) < 7 || call === undefined) return noFindings
  const findings = [
    ...missing(project, call),
    ...withoutOptions(project),
    ...twice(project),
    ...twiceInFiles(project),
  ]
  return findings.length > 0
    ? { findings }
    : { findings, fine: 'AI SDK 7 emits spans, with usage and provider metadata' }
}

function missing(project: Project, call: Call): Finding[] {
  if (mentions(project, 'registerTelemetry') || hasProperty(project, 'integrations')) return []
  // Sentry's integration writes spans of its own for these calls.
  const isSure = project.isWhole && !uses(project, /^@sentry\//)
  return [
    {
      id: 'no-integration',
      severity: isSure ? 'error' : 'note',
      ...placeOf(call),
      message: isSure
        ? 'AI SDK 7 emits no spans until an integration is registered: no call is charged.'
        : `No integration of AI SDK 7 was seen; without one no call is charged. ${whereElse(project)}`,
      add: `import { OpenTelemetry } from '@ai-sdk/otel'\nimport { registerTelemetry } from 'ai'\n${register}`,
    },
  ]
}

function withoutOptions(project: Project): Finding[] {
  return callsOf(project, AI_SDK_OTEL, 'OpenTelemetry').flatMap((call): Finding[] => {
    const left = optionsLeftOut(call, project)
    if (!call.isNew || left.length === 0) return []
    return [
      {
        id: 'integration-options',
        severity: 'warning',
        ...placeOf(call),
        message: `Without ${left.map((name) => `\`${name}\``).join(' and ')} what a gateway billed, the service tier and some cached tokens are on no span: costs become bounds, or are wrong.`,
        add: 'new OpenTelemetry({ usage: true, providerMetadata: true })',
      },
    ]
  })
}

/** The options that are missing. None if they are not a literal, such as with `...costTelemetry()`. */
function optionsLeftOut(call: Call, project: Project): string[] {
  const names = ['usage', 'providerMetadata']
  const options = firstArgument(call, project)
  if (options === undefined) return call.arguments.length === 0 ? names : []
  if (!isWrittenOut(options.node)) return []
  return names.filter((name) => {
    const value = propertyOf(options.node, name)
    return value === undefined || booleanOf(value) === false
  })
}

/** Registrations of one process in several files, or in one file that is loaded twice. */
function twiceInFiles(project: Project): Finding[] {
  const places = registrationsOf(project)
  const [second] = places.flatMap((place, index) =>
    places
      .slice(0, index)
      .flatMap((first) => (areOneProcess(first, place, project) ? [{ first, place }] : [])),
  )
  if (second === undefined) return []
  const { first, place } = second
  const names = [first, place].map(({ name }) => name)
  const isCopied = names[0] === names[1]
  const where =
    first.file === place.file
      ? `${place.file} is loaded by ${first.by} and by ${place.by}`
      : `${first.file} and ${place.file} both register one`
  return [
    {
      id: 'integration-twice',
      severity: isCopied ? 'error' : 'warning',
      ...placeOf(place.call),
      message: isCopied
        ? `The same integration is registered twice (${where}): every call is on two spans, and charged on the first that ends.`
        : `Two integrations are registered (${where}): every call is on two spans, of which one alone is charged.`,
      add: 'register it in one file alone, and load that once: in Next.js by register() of instrumentation.ts',
    },
  ]
}

/** Calls that run one after the other. Two files may be two processes. */
function twice(project: Project): Finding[] {
  const registered = callsOf(project, /^ai$/, 'registerTelemetry')
  return registered.flatMap((call): Finding[] => {
    const beside = registered.filter((other) => isBeside(call, other))
    if (beside[0] !== call) return []
    const names = beside.flatMap((each) => integrationsOf(each, project))
    if (names.length < 2) return []
    const isCopied = new Set(names).size < names.length
    return [
      {
        id: 'integration-twice',
        severity: isCopied ? 'error' : 'warning',
        ...placeOf(call),
        message: isCopied
          ? 'The same integration is registered twice: every call is on two spans, and charged on the first that ends.'
          : 'Two integrations are registered: every call is on two spans, of which one alone is charged.',
        add: register,
      },
    ]
  })
}

function isBeside(one: Call, other: Call): boolean {
  return one.source === other.source && blockOf(one) === blockOf(other)
}

function blockOf({ node, source }: Call): SyntaxNode | undefined {
  const statement = source.parents.get(node)
  return statement === undefined ? undefined : source.parents.get(statement)
}
