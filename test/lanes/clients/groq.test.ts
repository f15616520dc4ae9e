import { withCosts } from 'costspan/clients'
import Groq from 'groq-sdk'
import { describeClient } from '../../clients/client-suite.ts'
import { compatibleCases } from './compatible-cases.ts'

const models = { chat: 'llama-3.3-70b-versatile', cached: 'openai/gpt-oss-120b' }

describeClient(
  'groq-sdk withCosts',
  compatibleCases(models, (url, maxRetries = 0) => {
    const client = new Groq({ apiKey: 'loopback', baseURL: `${url}/groq`, maxRetries })
    return withCosts(client, { provider: 'groq' })
  }),
  { row: '`groq-sdk` 1, `withCosts`' },
)
