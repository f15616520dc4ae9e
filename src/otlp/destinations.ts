import { braintrust } from '../backends/braintrust.ts'
import { datadog } from '../backends/datadog.ts'
import { langfuse } from '../backends/langfuse.ts'
import { arize, phoenix } from '../backends/open-inference.ts'
import { invalidOption } from '../invalid-option.ts'
import type { Destination } from './destination.ts'
import type { Environment } from './environment.ts'

/** Reads the environment variables that the backend's documentation names. */
type ReadDestination = (environment: Environment) => Omit<Destination, 'name'>

const PROTOCOL = 'http/protobuf'

/** docs/backends lists the source of each endpoint and header. */
export const destinations = {
  langfuse: (environment) => ({
    url: environment.endpoint(
      // The second is the older name, which Langfuse's own SDK reads as well.
      environment.firstOf('LANGFUSE_BASE_URL', 'LANGFUSE_BASEURL'),
      'https://cloud.langfuse.com',
      'api/public/otel/v1/traces',
    ),
    headers: {
      authorization: basic(
        environment.required('LANGFUSE_PUBLIC_KEY'),
        environment.required('LANGFUSE_SECRET_KEY'),
      ),
      // Without this header Langfuse may show new traces minutes late.
      'x-langfuse-ingestion-version': '4',
    },
    backend: langfuse,
  }),

  phoenix: (environment) => ({
    url: environment.endpoint('PHOENIX_COLLECTOR_ENDPOINT', 'http://localhost:6006', 'v1/traces'),
    headers: {
      ...withValue('authorization', environment.optional('PHOENIX_API_KEY'), 'Bearer '),
      ...withValue(
        'x-project-name',
        environment.optional(environment.firstOf('PHOENIX_PROJECT', 'PHOENIX_PROJECT_NAME')),
      ),
    },
    backend: phoenix,
  }),

  arize: (environment) => ({
    url: environment.endpoint('ARIZE_COLLECTOR_ENDPOINT', 'https://otlp.arize.com', 'v1/traces'),
    headers: {
      'arize-space-id': environment.required('ARIZE_SPACE_ID'),
      authorization: environment.required('ARIZE_API_KEY'),
    },
    backend: arize,
  }),

  braintrust: (environment) => ({
    url: environment.endpoint('BRAINTRUST_API_URL', 'https://api.braintrust.dev', 'otel/v1/traces'),
    headers: {
      authorization: `Bearer ${environment.required('BRAINTRUST_API_KEY')}`,
      'x-bt-parent': environment.required('BRAINTRUST_PARENT'),
    },
    backend: braintrust,
  }),

  datadog: (environment) => ({
    url: `https://otlp.${environment.host('DD_SITE', 'datadoghq.com')}/v1/traces`,
    headers: { 'dd-api-key': environment.required('DD_API_KEY'), 'dd-otlp-source': 'llmobs' },
    backend: datadog,
  }),

  honeycomb: (environment) => ({
    url: environment.endpoint('HONEYCOMB_API_ENDPOINT', 'https://api.honeycomb.io', 'v1/traces'),
    headers: {
      'x-honeycomb-team': environment.required('HONEYCOMB_API_KEY'),
      // Keys of Honeycomb Classic require it.
      ...withValue('x-honeycomb-dataset', environment.optional('HONEYCOMB_DATASET')),
    },
  }),

  axiom: (environment) => ({
    url: environment.endpoint('AXIOM_URL', 'https://api.axiom.co', 'v1/traces'),
    headers: {
      authorization: `Bearer ${environment.required('AXIOM_TOKEN')}`,
      'x-axiom-dataset': environment.required('AXIOM_DATASET'),
    },
  }),

  newrelic: (environment) => ({
    url: environment.endpoint('NEW_RELIC_OTLP_ENDPOINT', 'https://otlp.nr-data.net', 'v1/traces'),
    headers: { 'api-key': environment.required('NEW_RELIC_LICENSE_KEY') },
  }),

  /** OpenTelemetry's standard variables: for the Collector and every other backend. */
  otlp: (environment) => {
    assertProtobuf(environment)
    // The exporter reads these itself; reading them here makes warnings name them.
    environment.optional('OTEL_EXPORTER_OTLP_HEADERS')
    environment.optional('OTEL_EXPORTER_OTLP_TRACES_HEADERS')
    const base = 'OTEL_EXPORTER_OTLP_ENDPOINT'
    const full = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'
    return {
      url:
        environment.optional(full) === undefined
          ? environment.endpoint(base, 'http://localhost:4318', 'v1/traces')
          : environment.url(full),
    }
  },
} satisfies Record<string, ReadDestination>

/**
 * A backend that `sendTo` sets up from environment variables; `otlp` is the endpoint of OpenTelemetry's standard variables.
 * The page of each backend lists its variables.
 *
 * @useDeclaredType
 */
export type DestinationName = keyof typeof destinations

/** @throws TypeError if the variables ask for an encoding that the exporter lacks. */
function assertProtobuf(environment: Environment): void {
  const name = environment.firstOf(
    'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
  )
  const protocol = environment.optional(name) ?? PROTOCOL
  if (protocol !== PROTOCOL) {
    throw invalidOption(
      name,
      `${PROTOCOL}; for another protocol, use its exporter instead of 'otlp'`,
      protocol,
    )
  }
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

function withValue(
  name: string,
  value: string | undefined,
  prefix = '',
): { [name: string]: string } {
  return value === undefined ? {} : { [name]: `${prefix}${value}` }
}
