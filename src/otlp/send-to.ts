import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import type { Backend } from '../backends/backend.ts'
import { expected, rejectUnknown } from '../expected.ts'
import type { Destination } from './destination.ts'
import { destinations, type DestinationName } from './destinations.ts'
import { assertUrl, Environment } from './environment.ts'
import { explained, type TraceExporter } from './explained.ts'

export type { TraceExporter } from './explained.ts'

export interface Sending {
  /** For the option `backends` of `CostSpanProcessor`. */
  readonly backends: Backend[]
  /** One a destination, each for a batch processor of its own: so a slow one delays no other. */
  readonly exporters: TraceExporter[]
}

/** Headers of the standard variables are for whoever the standard endpoint is, and hold its key. */
const STANDARD_HEADERS = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS']

/**
 * Names a backend once: what it reads, for `CostSpanProcessor`, and OpenTelemetry's own exporter to it,
 * set up by the environment variables that its documentation asks for. `'otlp'` is whatever
 * OpenTelemetry's standard variables name. What a backend refuses, and what to do then, is said once, on
 * the console.
 *
 * Needs `@opentelemetry/exporter-trace-otlp-proto`, in the version that belongs to your OpenTelemetry SDK.
 *
 * @throws TypeError if a variable is missing, or no URL where one is expected.
 *
 * @example
 * const { backends, exporters } = sendTo('langfuse')
 * const spanProcessors = [
 *   new CostSpanProcessor({ backends }),
 *   ...exporters.map((exporter) => new BatchSpanProcessor(exporter)),
 * ]
 */
export function sendTo(...names: (DestinationName | Destination)[]): Sending {
  if (names.length === 0) throw expected('sendTo', 'called with a destination')
  const targets = readAll(names)
  return {
    backends: [...new Set(targets.flatMap(({ backend }) => backend ?? []))],
    exporters: targets.map((target, index) =>
      // The standard variables say more than an endpoint, and the exporter reads them by itself.
      explained(names[index] === 'otlp' ? new OTLPTraceExporter() : createExporter(target), target),
    ),
  }
}

function readAll(names: readonly (DestinationName | Destination)[]): Destination[] {
  const missing: string[] = []
  const targets = names.map((name, index) => {
    if (typeof name !== 'string') return asserted(name, `sendTo[${index}]`)
    if (!Object.hasOwn(destinations, name)) {
      throw expected(`sendTo[${index}]`, `one of ${Object.keys(destinations).join(', ')}`, name)
    }
    const environment = new Environment()
    const target = destinations[name](environment)
    if (environment.missing.length > 0) missing.push(`${environment.missing.join(', ')} (${name})`)
    return { ...target, name, settings: environment.looked }
  })
  if (missing.length === 0) return targets
  throw new TypeError(`Expected environment variables to be set: ${missing.join('; ')}`)
}

function asserted(destination: Destination, path: string): Destination {
  if (typeof destination !== 'object' || destination === null) {
    throw expected(path, 'a name or a destination', destination)
  }
  rejectUnknown(destination, path, ['name', 'url', 'headers', 'backend', 'settings'])
  if (typeof destination.name !== 'string') throw expected(`${path}.name`, 'text', destination.name)
  assertUrl(`${path}.url`, destination.url)
  return destination
}

function createExporter({ url, headers }: Destination): OTLPTraceExporter {
  const hidden = STANDARD_HEADERS.map((name) => [name, process.env[name]] as const)
  // The exporter would send them too. It reads them while it is made, and never again.
  for (const [name] of hidden) delete process.env[name]
  try {
    return new OTLPTraceExporter({ url, headers: { ...headers } })
  } finally {
    for (const [name, value] of hidden) if (value !== undefined) process.env[name] = value
  }
}
