import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import type { Target } from './destination.ts'

/** An OpenTelemetry `SpanExporter`, of whichever SDK the installed exporter is for. */
export type TraceExporter = Pick<OTLPTraceExporter, 'export' | 'forceFlush' | 'shutdown'>

/** What the exporter tells of a failure: the status of HTTP, or the code of the socket's error. */
interface Failure {
  readonly code?: unknown
  readonly message?: string
}

/** Distinct failures of one destination that get a line each. */
const MAXIMUM_LINES = 20

/**
 * On the console: OpenTelemetry's own `diag` is silent unless a logger is set, and a wrong key then looks
 * like a backend without data.
 */
export function say(message: string): void {
  // oxlint-disable-next-line no-console -- nobody hears of it otherwise, see above
  console.error(`costspan: ${message}`)
}

/**
 * Says each kind of failure once: what happened, and what to look at. What the backend answered is left
 * out, for it may repeat attributes.
 */
export function explained(exporter: TraceExporter, target: Target): TraceExporter {
  const told = new Set<unknown>()
  const tell = (failure: Failure): void => {
    const kind = failure.code ?? failure.message
    if (told.has(kind) || told.size >= MAXIMUM_LINES) return
    told.add(kind)
    say(`${explanation(failure, target)}. What it does not take is lost; this is said once`)
  }
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined) tell(result.error)
        done(result)
      }),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  }
}

function explanation({ code, message }: Failure, { destination, settings }: Target): string {
  const { name, url } = destination
  const { host, pathname } = new URL(url)
  const look = settings.join(', ')
  if (typeof code === 'number') {
    return `${name} answered ${code} at ${host}: ${advice(code, pathname, look)}`
  }
  // What can be tried again and did not succeed has no code: too many requests, or a gateway without a server.
  const reason = typeof code === 'string' ? code : (message ?? 'no answer')
  return `${name} did not take spans at ${host} (${reason}): see whether it runs, and check ${look}`
}

function advice(status: number, path: string, look: string): string {
  if (status === 401 || status === 403) return `it does not know the key, check ${look}`
  if (status === 404 || status === 405) return `it takes no traces at ${path}, check ${look}`
  if (status === 415) return 'it does not take protobuf, give it an exporter that sends JSON'
  if (status === 413) return 'a batch is too large for it, lower maxExportBatchSize'
  if (status === 400) return `it could not read the spans or the headers, check ${look}`
  return status < 500 ? `check ${look}` : 'it has failed by itself, see its status'
}
