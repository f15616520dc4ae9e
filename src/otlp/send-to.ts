import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import type { Backend } from '../backends/backend.ts'
import { expected } from '../invalid-option.ts'
import { assertDestination, type Destination, type Target } from './destination.ts'
import { destinations, type DestinationName } from './destinations.ts'
import { Environment } from './environment.ts'
import { explained, say, type TraceExporter } from './log-export-failures.ts'

export interface Sending {
  /** For the option `backends` of `CostSpanProcessor`. */
  readonly backends: Backend[]
  /** One a destination, each for a batch processor of its own: so a slow one delays no other. */
  readonly exporters: TraceExporter[]
}

/** Keys and certificates of the standard variables are for whoever the standard endpoint is. */
const STANDARD_SECRETS = ['HEADERS', 'CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'].flatMap(
  (name) => [`OTEL_EXPORTER_OTLP_${name}`, `OTEL_EXPORTER_OTLP_TRACES_${name}`],
)

/**
 * Names a backend once: what it reads, for `CostSpanProcessor`, and OpenTelemetry's own exporter to it,
 * set up by the environment variables that its documentation asks for. `'otlp'` is whatever
 * OpenTelemetry's standard variables name. Where a variable is missing, or a backend refuses, that is said
 * once, on the console, with what to look at; the application runs on, and nothing is sent there.
 *
 * Needs `@opentelemetry/exporter-trace-otlp-proto`, in the version that belongs to your OpenTelemetry SDK.
 *
 * @throws TypeError if a name is unknown, or a destination of your own malformed.
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
  const backends = new Set<Backend>()
  const exporters = new Map<string, TraceExporter>()
  names.forEach((name, index) => {
    const target = typeof name === 'string' ? fromEnvironment(name, index) : ofYourOwn(name, index)
    if (target === undefined) return
    const { url, backend } = target.destination
    if (backend !== undefined) backends.add(backend)
    // Sent twice, a call may count twice.
    if (exporters.has(url))
      say(`${target.destination.name} has the URL of another: sent there once`)
    else exporters.set(url, explained(createExporter(target), target))
  })
  return { backends: [...backends], exporters: [...exporters.values()] }
}

/** What is set wrongly where the application is deployed is said, and does not stop it. */
function fromEnvironment(name: DestinationName, index: number): Target | undefined {
  if (!Object.hasOwn(destinations, name)) {
    throw expected(`sendTo[${index}]`, `one of ${Object.keys(destinations).join(', ')}`, name)
  }
  const environment = new Environment()
  try {
    const destination = { ...destinations[name](environment), name }
    const { looked: settings, missing } = environment
    if (missing.length === 0) return { destination, settings, isStandard: name === 'otlp' }
    say(`nothing is sent to ${name}, set ${missing.join(' and ')}`)
  } catch (error) {
    say(`nothing is sent to ${name}. ${error instanceof Error ? error.message : 'No settings'}`)
  }
  return undefined
}

function ofYourOwn(destination: Destination, index: number): Target {
  assertDestination(destination, `sendTo[${index}]`)
  return { destination, settings: ['url', 'headers'], isStandard: false }
}

function createExporter({ destination, isStandard }: Target): OTLPTraceExporter {
  const { url, headers } = destination
  if (isStandard) return new OTLPTraceExporter({ url })
  const hidden = STANDARD_SECRETS.map((name) => [name, process.env[name]] as const)
  // The exporter would use them too. It reads them while it is made, and never again.
  for (const [name] of hidden) delete process.env[name]
  try {
    return new OTLPTraceExporter({ url, headers: { ...headers } })
  } finally {
    for (const [name, value] of hidden) if (value !== undefined) process.env[name] = value
  }
}
