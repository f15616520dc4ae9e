import { withCosts } from 'costspan/clients'
import Together from 'together-ai'
import { describeClient } from '../../clients/client-suite.ts'
import { compatibleCases } from './compatible-cases.ts'

const models = {
  chat: 'meta-llama/Llama-3.3-70B-Instruct-Turbo',
  embeddings: 'BAAI/bge-base-en-v1.5',
}

describeClient(
  'together-ai withCosts',
  compatibleCases(models, (url, maxRetries = 0) => {
    const baseURL = `${url}/togetherai/v1`
    const client = new Together({ apiKey: 'loopback', baseURL, maxRetries })
    return withCosts(client, { provider: 'togetherai' })
  }),
  { row: '`together-ai` 0.52, `withCosts`' },
)
