import { costFetch } from 'costspan/clients'
import { aiSdkRow } from './ai-sdk-row.ts'
import { describeRow } from './compatibility-suite.ts'

const fetch = costFetch({ provider: 'openai' })

describeRow(aiSdkRow('AI SDK 4, with `costFetch`', 'ai-4', fetch))
