import Anthropic from '@anthropic-ai/sdk'
import { costFetch } from 'costspan/clients'
import { anthropicCases } from './anthropic-cases.ts'
import { describeClient } from './client-suite.ts'

/** `openTelemetry`: whether the client writes spans itself, which are then completed in place of new ones. */
const cases = (openTelemetry: false | undefined) =>
  anthropicCases(
    (url, maxRetries = 0) =>
      new Anthropic({
        apiKey: 'loopback',
        baseURL: `${url}/anthropic`,
        maxRetries,
        fetch: costFetch({ provider: 'anthropic' }),
        ...(openTelemetry === false && { openTelemetry }),
      }),
  )

describeClient('@anthropic-ai/sdk with costFetch', cases(false), {
  row: '`@anthropic-ai/sdk` 1, `costFetch`',
})
describeClient(
  '@anthropic-ai/sdk, which writes spans itself, with costFetch',
  // Its one span covers all attempts, of which the refused ones cost nothing.
  cases(undefined).map((one) =>
    one.name === 'a retry' ? { ...one, refused: 0, charged: 1 } : one,
  ),
  { row: '`@anthropic-ai/sdk` 1, its own spans and `costFetch`' },
)
