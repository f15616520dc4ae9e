import { costFetch } from 'costspan/clients'
import { aiSdkRow } from './ai-sdk-row.ts'
import { describeRow } from './compatibility-suite.ts'

const fetch = costFetch({ provider: 'openai' })

describeRow(aiSdkRow('AI SDK 6, with `costFetch`', 'ai-6', fetch))
