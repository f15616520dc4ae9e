import { costFetch } from 'costspan/clients'
import OpenAI from 'openai'
import { describeClient } from './client-suite.ts'
import { openAiCases } from './openai-cases.ts'

describeClient(
  'openai 6 with costFetch',
  openAiCases(
    (url, maxRetries = 0) =>
      new OpenAI({
        apiKey: 'loopback',
        baseURL: `${url}/openai/v1`,
        maxRetries,
        fetch: costFetch({ provider: 'openai' }),
      }),
  ),
  { row: '`openai` 6, `costFetch`' },
)
