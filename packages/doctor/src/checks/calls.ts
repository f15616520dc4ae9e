import { maySet } from '../mutations.ts'
import { aiCalls, COSTSPAN, aiMajor, firstArgument, placeOf, resolveProperty } from '../queries.ts'
import { nothing, type Finding, type Outcome } from '../finding.ts'
import { callsOf, uses, type Located, type Project } from '../project.ts'
import type { Call } from '../module.ts'
import { booleanOf, isWrittenOut, propertyOf } from '../syntax.ts'

/** Whether calls of AI SDK 4 to 6 emit spans: each is told by itself. */
export function checkCallTelemetry(project: Project): Outcome {
  const major = aiMajor(project)
  const calls = aiCalls(project)
  if (major === undefined || major >= 7 || calls.length === 0) return nothing
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

/** Only where all options of a call are written there. */
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

/** Whether code after what is written may say something else. */
function mayBeSwitched(options: Located, telemetry: Located, project: Project): boolean {
  return (
    maySet(options, project, ...telemetryNames, 'isEnabled') ||
    maySet(telemetry, project, 'isEnabled')
  )
}

/** Whether a call is told to emit no spans, where that is not what `call-without-telemetry` says of it. */
export function checkDisabled(project: Project): Outcome {
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
export const payerFields = ['userId', 'user_id', 'tenantId', 'tenant_id', 'plan']

/** Whether calls of AI SDK 7 name their payer where it does not look any more. */
export function checkMetadata(project: Project): Outcome {
  if ((aiMajor(project) ?? 0) < 7) return nothing
  const findings = aiCalls(project).flatMap((call): Finding[] => {
    const metadata = metadataOf(call, project)
    if (metadata === undefined) return []
    const names = payerFields.filter((name) => propertyOf(metadata.node, name) !== undefined)
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

/** Somebody may pay by another way. */
function metadataSeverity(isSure: boolean, project: Project): Finding['severity'] {
  if (!isSure) return 'note'
  return namesPayers(project) ? 'warning' : 'error'
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

/** Whether any code names a payer in a way that AI SDK 7 looks at. */
export function namesPayers(project: Project): boolean {
  return (
    uses(project, /^costspan\/(middleware|propagation)$/) ||
    callsOf(project, COSTSPAN, 'attributedTo', 'withAttribution', 'setAttribution').length > 0
  )
}
