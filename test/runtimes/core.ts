/**
 * The suites of what runs inside of an application: usage, prices, attribution, charges, the processor with all
 * recorded spans, metrics, sampling, privacy. They run on other runtimes as they are.
 */
export const core = [
  'assert-priced',
  'attribution',
  'baggage',
  'billed',
  'call',
  'charge',
  'define-prices',
  'duplicate-telemetry',
  'exporter',
  'held-ends',
  'laws',
  'metrics/cost-metrics',
  'pipelines/sdk-2',
  'price',
  'price-of',
  'privacy/exporter',
  'privacy/protect',
  'processor',
  'processor-hooks',
  'raw/gen-ai',
  'reprice',
  'sampling/record-costs',
  'unattributed-cost',
  'usage',
  'usage-cache',
  'usage-gaps',
  'usage-laws',
  'warnings',
  'with-attribution',
].map(toPath)

/** What is for servers: files, sockets, and middleware. */
export const onServers = ['flush/flush', 'ledger/ledger', 'request/express', 'request/hono'].map(
  toPath,
)

/** Less than `core` has. */
export const MANY_TESTS = 2000

function toPath(name: string): string {
  return `test/${name}.test.ts`
}
