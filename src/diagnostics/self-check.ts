import { integrations } from '../conventions/integrations.ts'
import type { Charge } from '../charge/charge.ts'
import type { SpanLike } from '../span/span.ts'
import { warnOnce, type Reporter } from '../warnings/reporter.ts'
import type { Finding, FindingId } from './finding.ts'
import { textOf, warnFinding } from './messages.ts'
import { globalPipeline, pipelineOf, presentFindings, type PresentFinding } from './set-up.ts'
import { setUpState } from './set-up-state.ts'

/**
 * Reports the faults of the OpenTelemetry set-up of this process by which calls are not charged, have no user or get a
 * wrong cost. Each is certain: what cannot be known at run time is left out, so an empty array does not prove that there is
 * no fault. It covers all processors of the process and the global tracer provider, also if a bundler gives the caller and
 * the set-up a copy of this package each. It is synchronous, makes no request, reads no file and never throws.
 *
 * costspan runs the same checks by itself at the first charge and at the first call of AI SDK 7, and prints each finding
 * once as a warning.
 *
 * @example
 * import { selfCheck } from 'costspan'
 *
 * export function GET() {
 *   const findings = selfCheck()
 *   const isHealthy = findings.every(({ severity }) => severity !== 'error')
 *   return Response.json({ findings }, { status: isHealthy ? 200 : 503 })
 * }
 */
export function selfCheck(): readonly Finding[] {
  const { parts, found } = setUpState()
  const messages = new Map(found)
  // An integration was registered since, or another instrumentation writes the spans, after the call.
  if (isIntegrated() || parts.some((part) => part.hasAiSpans())) messages.delete('no-integration')
  if (parts.length === 0) messages.set('processor-missing', textOf('processor-missing'))
  for (const id of presentFindings(globalPipeline)) messages.set(id, textOf(id))
  return Array.from(messages, ([id, message]) => ({ id, severity: severityOf(id), message }))
}

/** The list of integrations is a global value, which any code may replace. */
function isIntegrated(): boolean {
  try {
    return integrations().length > 0
  } catch {
    return true
  }
}

function severityOf(id: FindingId): Finding['severity'] {
  return id === 'integration-options' ? 'warning' : 'error'
}

/** Warns of the faults that the first charge of a kind reveals. An exporter gets spans from any pipeline. */
export function warnSetUp(
  reporter: Reporter,
  { call, attribution }: Charge,
  span: SpanLike,
  processor: object | undefined,
): void {
  for (const id of presentFindings(() => pipelineOf(span, processor ?? span))) {
    const isCertain =
      id === 'integration-options'
        ? call.vocabulary === 'ai-sdk-7'
        : processor !== undefined && (id !== 'no-context-manager' || !isAttributed(attribution))
    if (isCertain) warnPresent(reporter, id)
  }
}

/** A call that names its user itself needs no context manager. */
function isAttributed({ userId, redacted }: Charge['attribution']): boolean {
  return userId !== undefined || redacted === true
}

/** Warns of the faults by which a call of AI SDK 7 has no span that reaches a processor. */
export function warnUnseenCall(reporter: Reporter): void {
  const { parts } = setUpState()
  if (parts.length === 0 || parts.some((part) => part.hasAiSpans())) return
  if (integrations().length === 0) {
    warnFinding(reporter, 'no-integration', () => textOf('no-integration'))
  }
  for (const id of presentFindings(globalPipeline)) {
    if (id !== 'no-context-manager') warnPresent(reporter, id)
  }
}

function warnPresent(reporter: Reporter, id: PresentFinding): void {
  const message = (): string => textOf(id)
  // A cost is lost, whether or not the set-up is corrected later.
  if (id === 'exporter-first' || id === 'sampler-drops') warnFinding(reporter, id, message)
  else if (id === 'integration-options') reporter.warn(id, message)
  // `withAttribution`, which has no processor, prints them too.
  else warnOnce(id, message)
}
