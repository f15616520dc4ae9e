import { braintrust } from '../backends/braintrust.ts'
import { datadog } from '../backends/datadog.ts'
import { langfuse } from '../backends/langfuse.ts'
import { arize, phoenix } from '../backends/open-inference.ts'
import { expected } from '../invalid-option.ts'
import type { Destination } from './destination.ts'
import type { Environment } from './environment.ts'

/** Where a backend takes traces, by the environment variables of its own documentation. */
type ReadDestination = (environment: Environment) => Omit<Destination, 'name'>

const PROTOCOL = 'http/protobuf'

/** docs/backends has the sources of each. */
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
      // Without it Langfuse may show what arrives only minutes later.
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
      // Asked for by keys of Honeycomb Classic.
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

  /** OpenTelemetry's standard variables, for every other backend and for the Collector. */
  otlp: (environment) => {
    assertProtobuf(environment)
    // The exporter reads them by itself; here so that a message names them.
    environment.optional('OTEL_EXPORTER_OTLP_HEADERS')
    environment.optional('OTEL_EXPORTER_OTLP_TRACES_HEADERS')
    const base = 'OTEL_EXPORTER_OTLP_ENDPOINT'
    const whole = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'
    return {
      url:
        environment.optional(whole) === undefined
          ? environment.endpoint(base, 'http://localhost:4318', 'v1/traces')
          : environment.url(whole),
    }
  },
} satisfies Record<string, ReadDestination>

export type DestinationName = keyof typeof destinations

/** @throws TypeError where another encoding is asked for than the exporter has. */
function assertProtobuf(environment: Environment): void {
  const name = environment.firstOf(
    'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
  )
  const protocol = environment.optional(name) ?? PROTOCOL
  if (protocol !== PROTOCOL) {
    throw expected(name, `${PROTOCOL}, or an exporter of your own in the place of 'otlp'`, protocol)
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
