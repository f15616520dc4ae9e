import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import type { Backend } from '../backends/backend.ts'
import { Reporter } from '../warnings/reporter.ts'
import { invalidOption } from '../invalid-option.ts'
import { assertDestination, type Destination, type ResolvedDestination } from './destination.ts'
import { destinations, type DestinationName } from './destinations.ts'
import { Environment } from './environment.ts'
import { logExportFailures, type TraceExporter } from './log-export-failures.ts'

/** The result of `sendTo`. */
export interface Sending {
  /** For the option `backends` of `CostSpanProcessor`. */
  readonly backends: Backend[]
  /** One for each destination. Give each a batch processor of its own, so that a slow backend delays no other. */
  readonly exporters: TraceExporter[]
}

/** Keys and certificates of OpenTelemetry's standard variables belong to the standard endpoint only. */
const STANDARD_SECRETS = ['HEADERS', 'CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'].flatMap(
  (name) => [`OTEL_EXPORTER_OTLP_${name}`, `OTEL_EXPORTER_OTLP_TRACES_${name}`],
)

const reporter = new Reporter()

/**
 * Sets up backends by name. Returns, for each, the attributes that it reads, for `CostSpanProcessor`, and an exporter,
 * set up from the environment variables that the backend's documentation names. `'otlp'` is the endpoint of
 * OpenTelemetry's standard variables. A missing variable, and each kind of failed export, is reported once, where all
 * warnings of costspan are; a destination without its variables gets no exporter, and the application continues.
 *
 * Requires `@opentelemetry/exporter-trace-otlp-proto`, in the version that belongs to your OpenTelemetry SDK. That
 * exporter adds the headers and certificates of `OTEL_EXPORTER_OTLP_*` to each destination that it sends to, and has
 * no option against it. So that no key reaches another backend, `sendTo` removes those variables from `process.env`
 * while it constructs an exporter for any destination but `'otlp'`, and restores them before it returns.
 *
 * @throws TypeError if there is no name, a name is unknown, or a destination object is malformed.
 *
 * @example
 * ```ts
 * import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
 * import { CostSpanProcessor } from 'costspan'
 * import { sendTo } from 'costspan/otlp'
 *
 * const { backends, exporters } = sendTo('langfuse')
 * const spanProcessors = [
 *   new CostSpanProcessor({ backends }),
 *   ...exporters.map((exporter) => new BatchSpanProcessor(exporter)),
 * ]
 * ```
 */
export function sendTo(...names: (DestinationName | Destination)[]): Sending {
  if (names.length === 0) throw invalidOption('sendTo', 'called with a destination')
  const backends = new Set<Backend>()
  const exporters = new Map<string, TraceExporter>()
  names.forEach((name, index) => {
    const target = typeof name === 'string' ? fromEnvironment(name, index) : fromObject(name, index)
    if (target === undefined) return
    const { url, backend } = target.destination
    if (backend !== undefined) backends.add(backend)
    // Two exporters to one URL would deliver, and may count, each call twice.
    if (!exporters.has(url)) {
      exporters.set(url, logExportFailures(createExporter(target), target))
      return
    }
    const twice = target.destination.name
    reporter.warn(
      `sendTo twice ${twice}`,
      () => `${twice} has the URL of another destination: spans are sent there once`,
    )
  })
  return { backends: [...backends], exporters: [...exporters.values()] }
}

/** Wrong settings of a deployment are reported, and do not stop the application: `undefined`. */
function fromEnvironment(name: DestinationName, index: number): ResolvedDestination | undefined {
  if (!Object.hasOwn(destinations, name)) {
    throw invalidOption(`sendTo[${index}]`, `one of ${Object.keys(destinations).join(', ')}`, name)
  }
  const environment = new Environment()
  try {
    const destination = { ...destinations[name](environment), name }
    const { read: settings, missing } = environment
    if (missing.length === 0) return { destination, settings, isStandard: name === 'otlp' }
    reporter.warn(
      `sendTo missing ${name}`,
      () => `no spans are sent to ${name}: set ${missing.join(' and ')}`,
    )
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'its settings cannot be read'
    reporter.warn(`sendTo settings ${name}`, () => `no spans are sent to ${name}. ${reason}`)
  }
  return undefined
}

function fromObject(destination: Destination, index: number): ResolvedDestination {
  assertDestination(destination, `sendTo[${index}]`)
  return { destination, settings: ['url', 'headers'], isStandard: false }
}

function createExporter({ destination, isStandard }: ResolvedDestination): OTLPTraceExporter {
  const { url, headers } = destination
  if (isStandard) return new OTLPTraceExporter({ url })
  // The exporter reads them in its constructor and never again; an `undefined` variable stays untouched.
  const hidden = STANDARD_SECRETS.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  for (const [name] of hidden) delete process.env[name]
  try {
    return new OTLPTraceExporter({ url, headers: { ...headers } })
  } finally {
    for (const [name, value] of hidden) process.env[name] = value
  }
}
