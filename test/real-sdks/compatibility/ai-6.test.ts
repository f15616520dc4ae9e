import { describeRow } from './compatibility-suite.ts'
import { aiSdkRow } from './ai-sdk-row.ts'

describeRow(aiSdkRow('AI SDK 6', 'ai-6'))
