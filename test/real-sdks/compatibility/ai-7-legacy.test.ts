import { describeRow } from './compatibility-suite.ts'
import { aiSdkRow } from './ai-sdk-row.ts'

describeRow(aiSdkRow('AI SDK 7, `LegacyOpenTelemetry`', 'ai-7-legacy'))
