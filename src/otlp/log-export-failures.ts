import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { Reporter } from '../warnings/reporter.ts'
import type { ResolvedDestination } from './destination.ts'

/** An OpenTelemetry `SpanExporter`, of whichever SDK the installed exporter is for. */
export type TraceExporter = Pick<OTLPTraceExporter, 'export' | 'forceFlush' | 'shutdown'>

/** An error of the exporter: `code` is the HTTP status, or the code of the socket's error. */
interface Failure {
  readonly code?: unknown
  readonly message?: string
}

/** Distinct failures of one destination that get a line each. */
const MAXIMUM_LINES = 20

/**
 * Warns of each kind of failure once: what happened, and which settings to check. OpenTelemetry reports such failures
 * through `diag` only, which is silent unless a logger is set; a wrong key then looks like a backend without data. The
 * body of the response is left out, because it may repeat attributes.
 */
export function logExportFailures(
  exporter: TraceExporter,
  target: ResolvedDestination,
): TraceExporter {
  const reporter = new Reporter()
  const reported = new Set<unknown>()
  const report = (failure: Failure): void => {
    const kind = failure.code ?? failure.message
    if (reported.has(kind) || reported.size >= MAXIMUM_LINES) return
    reported.add(kind)
    const explanation = explain(failure, target)
    reporter.warn(
      `sendTo ${explanation}`,
      () => `${explanation}. Spans that it refuses are lost; reported once`,
    )
  }
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined) report(result.error)
        done(result)
      }),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  }
}

function explain(
  { code, message }: Failure,
  { destination, settings }: ResolvedDestination,
): string {
  const { name, url } = destination
  const { host, pathname } = new URL(url)
  const toCheck = settings.join(', ')
  if (typeof code === 'number') {
    return `${name} answered ${code} at ${host}: ${advice(code, pathname, toCheck)}`
  }
  // The exporter gives no code after its retries failed: 429, or a gateway without a server.
  const reason = typeof code === 'string' ? code : (message ?? 'no response')
  return `${name} did not accept spans at ${host} (${reason}): check that it runs, and check ${toCheck}`
}

function advice(status: number, path: string, toCheck: string): string {
  if (status === 401 || status === 403) return `it rejects the key, check ${toCheck}`
  if (status === 404 || status === 405) return `it accepts no traces at ${path}, check ${toCheck}`
  if (status === 415) return 'it does not accept protobuf, use an exporter that sends JSON'
  if (status === 413) return 'a batch is too large for it, lower maxExportBatchSize'
  if (status === 400) return `it could not read the spans or the headers, check ${toCheck}`
  return status < 500 ? `check ${toCheck}` : 'the backend failed, check its status'
}
