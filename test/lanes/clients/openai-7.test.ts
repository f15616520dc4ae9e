import { costFetch, withCosts } from 'costspan/clients'
import OpenAI, { AzureOpenAI } from 'openai'
import { describeClient } from '../../clients/client-suite.ts'
import { openAiCases } from '../../clients/openai-cases.ts'

const options = (url: string, maxRetries = 0) => ({
  apiKey: 'loopback',
  baseURL: `${url}/openai/v1`,
  maxRetries,
})
const provider = 'openai'

// The cases have the types of `openai` 6.
const byFetch = (url: string, retries?: number) =>
  new OpenAI({ ...options(url, retries), fetch: costFetch({ provider }) })
const byWithCosts = (url: string, retries?: number) =>
  withCosts(new OpenAI(options(url, retries)), { provider })
const azure = (url: string, retries?: number) =>
  withCosts(
    new AzureOpenAI({
      ...options(url, retries),
      baseURL: `${url}/azure/openai`,
      apiVersion: '2024-10-21',
    }),
    { provider: 'azure' },
  )

describeClient('openai 7 with costFetch', openAiCases(byFetch as never), {
  row: '`openai` 7, `costFetch`',
})
describeClient('openai 7 withCosts', openAiCases(byWithCosts as never), {
  row: '`openai` 7, `withCosts`',
})
describeClient('AzureOpenAI of openai 7 withCosts', openAiCases(azure as never), {
  row: '`AzureOpenAI` 7, `withCosts`',
})
