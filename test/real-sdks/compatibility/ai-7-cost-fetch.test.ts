import { costFetch } from 'costspan/clients'
import { aiSdkRow } from './ai-sdk-row.ts'
import { describeRow } from './compatibility-suite.ts'

const fetch = costFetch({ provider: 'openai' })

describeRow(aiSdkRow('AI SDK 7, `OpenTelemetry`, with `costFetch`', 'ai-7', fetch))
