import { sendTo } from 'costspan/otlp'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { destinations, type DestinationName } from '../../src/otlp/destinations.ts'
import { Environment } from '../../src/otlp/environment.ts'
import { useCleanEnvironment } from './clean-environment.ts'

const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
useCleanEnvironment()
afterEach(() => void warned.mockClear())

interface Case {
  name: DestinationName
  variables: Record<string, string>
  url: string
  headers?: Record<string, string>
}

const keys = { LANGFUSE_PUBLIC_KEY: 'pk-lf-1', LANGFUSE_SECRET_KEY: 'sk-lf-2' }
const langfuseHeaders = {
  authorization: 'Basic cGstbGYtMTpzay1sZi0y',
  'x-langfuse-ingestion-version': '4',
}
const langfuse = (base: string, url: string): Case => ({
  name: 'langfuse',
  variables: { ...keys, LANGFUSE_BASE_URL: base },
  url,
  headers: langfuseHeaders,
})
const phoenix = (endpoint: string, url: string): Case => ({
  name: 'phoenix',
  variables: { PHOENIX_COLLECTOR_ENDPOINT: endpoint },
  url,
  headers: {},
})

const cases: Case[] = [
  {
    name: 'langfuse',
    variables: keys,
    url: 'https://cloud.langfuse.com/api/public/otel/v1/traces',
    headers: langfuseHeaders,
  },
  langfuse('http://own:3000', 'http://own:3000/api/public/otel/v1/traces'),
  langfuse('http://own:3000/', 'http://own:3000/api/public/otel/v1/traces'),
  langfuse('http://own/api/public/otel', 'http://own/api/public/otel/v1/traces'),
  langfuse('http://own/api/public/otel/v1/traces/', 'http://own/api/public/otel/v1/traces'),
  langfuse('http://own/below/a/path', 'http://own/below/a/path/api/public/otel/v1/traces'),
  {
    name: 'langfuse',
    variables: {
      LANGFUSE_PUBLIC_KEY: ' pk-lf-1\n',
      LANGFUSE_SECRET_KEY: 'sk-lf-2\r\n',
      LANGFUSE_BASEURL: 'https://us.cloud.langfuse.com',
    },
    url: 'https://us.cloud.langfuse.com/api/public/otel/v1/traces',
    headers: langfuseHeaders,
  },
  { name: 'phoenix', variables: {}, url: 'http://localhost:6006/v1/traces', headers: {} },
  phoenix('http://localhost:6006', 'http://localhost:6006/v1/traces'),
  phoenix('http://localhost:6006/', 'http://localhost:6006/v1/traces'),
  phoenix('http://localhost:6006/v1/traces', 'http://localhost:6006/v1/traces'),
  {
    name: 'phoenix',
    variables: {
      PHOENIX_COLLECTOR_ENDPOINT: 'https://app.phoenix.arize.com/s/team',
      PHOENIX_API_KEY: 'key',
      PHOENIX_PROJECT_NAME: 'chat',
    },
    url: 'https://app.phoenix.arize.com/s/team/v1/traces',
    headers: { authorization: 'Bearer key', 'x-project-name': 'chat' },
  },
  {
    name: 'arize',
    variables: {
      ARIZE_SPACE_ID: 'space',
      ARIZE_API_KEY: 'key',
      ARIZE_COLLECTOR_ENDPOINT: 'https://otlp.eu-west-1a.arize.com/v1',
    },
    url: 'https://otlp.eu-west-1a.arize.com/v1/traces',
    headers: { 'arize-space-id': 'space', authorization: 'key' },
  },
  {
    name: 'braintrust',
    variables: { BRAINTRUST_API_KEY: 'key', BRAINTRUST_PARENT: 'project_name:chat' },
    url: 'https://api.braintrust.dev/otel/v1/traces',
    headers: { authorization: 'Bearer key', 'x-bt-parent': 'project_name:chat' },
  },
  {
    name: 'datadog',
    variables: { DD_API_KEY: 'key', DD_SITE: 'us5.datadoghq.com' },
    url: 'https://otlp.us5.datadoghq.com/v1/traces',
    headers: { 'dd-api-key': 'key', 'dd-otlp-source': 'llmobs' },
  },
  {
    name: 'honeycomb',
    variables: { HONEYCOMB_API_KEY: 'key' },
    url: 'https://api.honeycomb.io/v1/traces',
    headers: { 'x-honeycomb-team': 'key' },
  },
  {
    name: 'axiom',
    variables: { AXIOM_TOKEN: 'key', AXIOM_DATASET: 'traces' },
    url: 'https://api.axiom.co/v1/traces',
    headers: { authorization: 'Bearer key', 'x-axiom-dataset': 'traces' },
  },
  {
    name: 'newrelic',
    variables: { NEW_RELIC_LICENSE_KEY: 'key' },
    url: 'https://otlp.nr-data.net/v1/traces',
    headers: { 'api-key': 'key' },
  },
  { name: 'otlp', variables: {}, url: 'http://localhost:4318/v1/traces' },
  {
    name: 'otlp',
    variables: { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example/otlp/' },
    url: 'https://collector.example/otlp/v1/traces',
  },
  langfuse('http://api', 'http://api/api/public/otel/v1/traces'),
  phoenix('http://[::1]:6006/v1/', 'http://[::1]:6006/v1/traces'),
  phoenix('http://own/s/team?region=eu#top', 'http://own/s/team/v1/traces?region=eu'),
  {
    name: 'otlp',
    variables: { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example/v1/traces' },
    url: 'https://collector.example/v1/traces',
  },
  {
    name: 'otlp',
    variables: {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
    },
    url: 'http://localhost:4318/v1/traces',
  },
  {
    name: 'otlp',
    variables: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector.example/as-it-is' },
    url: 'https://collector.example/as-it-is',
  },
]

test.each(cases)('$name, set up by $variables, sends to $url', ({ name, variables, ...to }) => {
  Object.assign(process.env, variables)
  const environment = new Environment()
  expect(destinations[name](environment)).toMatchObject(to)
  expect(environment.missing).toEqual([])
  const unread = Object.keys(variables).filter((variable) => !environment.read.includes(variable))
  expect(unread.filter((variable) => variable !== 'OTEL_EXPORTER_OTLP_PROTOCOL')).toEqual([])
})

test('every destination is in the table', () => {
  expect(new Set(cases.map(({ name }) => name))).toEqual(new Set(Object.keys(destinations)))
})

describe('sendTo, where a setting is wrong, warns and runs on', () => {
  test('a variable that is missing: all are named, and no value', () => {
    process.env['LANGFUSE_SECRET_KEY'] = 'sk-secret'
    process.env['BRAINTRUST_API_KEY'] = '  '
    const { backends, exporters } = sendTo('langfuse', 'phoenix', 'braintrust')
    expect(warned.mock.calls).toEqual([
      ['costspan: no spans are sent to langfuse: set LANGFUSE_PUBLIC_KEY'],
      ['costspan: no spans are sent to braintrust: set BRAINTRUST_API_KEY and BRAINTRUST_PARENT'],
    ])
    expect([backends, exporters].map(({ length }) => length)).toEqual([1, 1])
  })

  test.each<[string, DestinationName, Record<string, string>, string]>([
    [
      'an endpoint without a scheme',
      'phoenix',
      { PHOENIX_COLLECTOR_ENDPOINT: 'localhost:6006' },
      'Expected `PHOENIX_COLLECTOR_ENDPOINT` to be a URL that starts with https:// or http://',
    ],
    [
      'a site that is a URL',
      'datadog',
      { DD_SITE: 'https://datadoghq.eu', DD_API_KEY: 'key' },
      'Expected `DD_SITE` to be the name of a host, got "https://datadoghq.eu" (string)',
    ],
    [
      'an encoding that the exporter does not speak',
      'otlp',
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'Expected `OTEL_EXPORTER_OTLP_PROTOCOL` to be http/protobuf; for another protocol, use its exporter instead of \'otlp\', got "grpc" (string)',
    ],
  ])('%s', (_, name, variables, message) => {
    Object.assign(process.env, variables)
    expect(sendTo(name)).toEqual({ backends: [], exporters: [] })
    expect(warned.mock.calls).toEqual([[`costspan: no spans are sent to ${name}. ${message}`]])
  })

  test('one destination named twice: every span is sent there once', () => {
    const { exporters } = sendTo('otlp', { name: 'own', url: 'http://localhost:4318/v1/traces' })
    expect(exporters).toHaveLength(1)
    expect(warned.mock.calls).toEqual([
      ['costspan: own has the URL of another destination: spans are sent there once'],
    ])
  })
})

test('sendTo changes no variable of the environment where OpenTelemetry’s are not set', () => {
  const changed: unknown[] = []
  process.env = new Proxy(
    { ...process.env },
    {
      deleteProperty: (environment, name) => {
        changed.push(name)
        return Reflect.deleteProperty(environment, name)
      },
      set: (environment, name, value) => {
        changed.push(name)
        return Reflect.set(environment, name, value)
      },
    },
  )
  expect(sendTo('phoenix').exporters).toHaveLength(1)
  expect(changed).toEqual([])
})

test.each<[string, Parameters<typeof sendTo>, RegExp]>([
  ['nothing', [], /^Expected `sendTo` to be called with a destination$/],
  [
    'an unknown name',
    ['toString' as DestinationName],
    /^Expected `sendTo\[0\]` to be one of langfuse, .*, otlp, got "toString" \(string\)$/,
  ],
  ['no destination', [null as never], /`sendTo\[0\]` to be a name or a destination, got null$/],
  ['a path', [{ name: 'own', url: '/v1/traces' }], /^Expected `sendTo\[0\]\.url` to be a URL/],
  [
    'a misspelt field',
    [{ name: 'own', url: 'http://own', header: {} } as never],
    /^Expected `sendTo\[0\]\.header` to be one of/,
  ],
  [
    'headers as text',
    [{ name: 'own', url: 'http://own', headers: 'authorization=secret' as never }],
    /^Expected `sendTo\[0\]\.headers` to be an object of text$/,
  ],
  [
    'a header without a value',
    ['phoenix', { name: 'own', url: 'http://own', headers: { authorization: undefined as never } }],
    /^Expected `sendTo\[1\]\.headers\.authorization` to be text that is not empty$/,
  ],
  [
    'a backend by name',
    [{ name: 'own', url: 'http://own', backend: 'langfuse' as never }],
    /^Expected `sendTo\[0\]\.backend` to be a function, as of costspan\/backends, got "langfuse"/,
  ],
])('sendTo refuses %s', (_, names, message) => {
  expect(() => sendTo(...names)).toThrow(message)
})
