import { maySet } from '../mutations.ts'
import { aiCalls, COSTSPAN, aiMajor, firstArgument, placeOf, resolveProperty } from '../queries.ts'
import { noFindings, type Finding, type CheckResult } from '../finding.ts'
import { callsOf, uses, type Located, type Project } from '../project.ts'
import type { Call } from '../module.ts'
import { booleanOf, isWrittenOut, propertyOf } from '../syntax.ts'

/** Whether calls of AI SDK 4 to 6 emit spans, which each call enables for itself. */
export function checkCallTelemetry(project: Project): CheckResult {
  const major = aiMajor(project)
  const calls = aiCalls(project)
  if (major === undefined || major >= 7 || calls.length === 0) return noFindings
  const silent = calls.filter((call) => isSilent(call, project))
  const findings = silent.map((call): Finding => ({
    id: 'call-without-telemetry',
    severity: 'error',
    ...placeOf(call),
    message: `AI SDK ${major} emits no span of a call without \`experimental_telemetry\`: ${call.name} is not charged.`,
    add: 'experimental_telemetry: { isEnabled: true, metadata: { userId: session.userId } },',
  }))
  if (findings.length > 0) return { findings }
  return { findings, fine: `every call of AI SDK ${major} that was seen emits spans` }
}

/** Whether a call surely emits no span. It is certain only if its options are a literal. */
function isSilent(call: Call, project: Project): boolean {
  const options = firstArgument(call, project)
  if (options === undefined || !isWrittenOut(options.node)) return false
  const telemetry = resolveProperty(options, 'experimental_telemetry', project)
  if (telemetry === undefined) return !maySet(options, project, 'experimental_telemetry')
  if (!isWrittenOut(telemetry.node)) return false
  const isEnabled = propertyOf(telemetry.node, 'isEnabled')
  const isOff = isEnabled === undefined || booleanOf(isEnabled) === false
  return isOff && !mayBeSwitched(options, telemetry, project)
}

/** Whether later code may change the options. */
function mayBeSwitched(options: Located, telemetry: Located, project: Project): boolean {
  return (
    maySet(options, project, ...telemetryNames, 'isEnabled') ||
    maySet(telemetry, project, 'isEnabled')
  )
}

/** Whether a call disables its spans. Calls that `call-without-telemetry` reports are left out. */
export function checkDisabled(project: Project): CheckResult {
  const isAskedFor = (aiMajor(project) ?? 7) < 7
  const findings = aiCalls(project)
    .filter((call) => isDisabled(call, project) && !(isAskedFor && isSilent(call, project)))
    .map((call): Finding => ({
      id: 'telemetry-disabled',
      severity: 'warning',
      ...placeOf(call),
      message: `\`isEnabled: false\` takes the spans from ${call.name}: it is not charged.`,
      add: isAskedFor
        ? 'experimental_telemetry: { isEnabled: true }'
        : 'telemetry: { isEnabled: true }',
    }))
  return { findings }
}

function isDisabled(call: Call, project: Project): boolean {
  const options = firstArgument(call, project)
  return telemetryNames.some((name) => {
    const telemetry = resolveProperty(options, name, project)
    if (options === undefined || telemetry === undefined) return false
    const isOff = booleanOf(resolveProperty(telemetry, 'isEnabled', project)?.node) === false
    return isOff && !mayBeSwitched(options, telemetry, project)
  })
}

export const telemetryNames = ['telemetry', 'experimental_telemetry']
export const attributionFields = ['userId', 'user_id', 'tenantId', 'tenant_id', 'plan']

/** Whether calls of AI SDK 7 name their user in `metadata`, which that major ignores. */
export function checkMetadata(project: Project): CheckResult {
  if ((aiMajor(project) ?? 0) < 7) return noFindings
  const findings = aiCalls(project).flatMap((call): Finding[] => {
    const metadata = metadataOf(call, project)
    if (metadata === undefined) return []
    const names = attributionFields.filter((name) => propertyOf(metadata.node, name) !== undefined)
    const isSure = names.length > 0
    if (!isSure && isWrittenOut(metadata.node)) return []
    return [
      {
        id: 'metadata-ignored',
        severity: metadataSeverity(isSure, project),
        ...placeOf(call),
        message: isSure
          ? `AI SDK 7 ignores \`metadata\`: its ${names.join(', ')} is on no span, and does not pay.`
          : 'AI SDK 7 ignores `metadata`: if it names a user, that user does not pay.',
        add: "import { withAttribution } from 'costspan'\nwithAttribution({ userId: session.userId }, () => …)",
      },
    ]
  })
  return { findings }
}

/** A warning if code names users in another way as well. */
function metadataSeverity(isSure: boolean, project: Project): Finding['severity'] {
  if (!isSure) return 'note'
  return namesUsers(project) ? 'warning' : 'error'
}

function metadataOf(call: Call, project: Project): Located | undefined {
  const options = firstArgument(call, project)
  for (const name of telemetryNames) {
    const telemetry = resolveProperty(options, name, project)
    const metadata = resolveProperty(telemetry, 'metadata', project)
    if (metadata !== undefined) return metadata
  }
  return undefined
}

/** Whether any code names a user in a way that works with AI SDK 7. */
export function namesUsers(project: Project): boolean {
  return (
    uses(project, /^costspan\/(middleware|propagation)$/) ||
    callsOf(project, COSTSPAN, 'attributedTo', 'withAttribution', 'setAttribution').length > 0
  )
}
