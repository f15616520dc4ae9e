/**
 * The suites of what runs inside of an application: usage, prices, attribution, charges, the processor with all
 * recorded spans, metrics, sampling, privacy. They run on other runtimes as they are.
 */
export const core = [
  'attribution/attribution',
  'attribution/baggage',
  'attribution/with-attribution',
  'charge/assert-priced',
  'charge/charge',
  'charge/reprice',
  'conventions/gen-ai',
  'conventions/model-call',
  'duplicates/ai-sdk-7',
  'exporter/exporter',
  'metrics/cost-metrics',
  'metrics/unattributed-cost',
  'price/define-prices',
  'price/find-price',
  'price/price',
  'price/reported-cost',
  'privacy/exporter',
  'privacy/redaction',
  'processor/deferred-ends',
  'processor/hooks',
  'processor/laws',
  'processor/processor',
  'real-sdks/processors/sdk-2',
  'sampling/record-costs',
  'usage/cache',
  'usage/gaps',
  'usage/laws',
  'usage/read-usage',
  'warnings/warnings',
].map(toPath)

/** What is for servers: files, sockets, and middleware. */
export const onServers = [
  'ledger/ledger',
  'middleware/express',
  'middleware/hono',
  'serverless/flush',
].map(toPath)

/** Less than `core` has. */
export const MANY_TESTS = 2000

function toPath(name: string): string {
  return `test/${name}.test.ts`
}
