import { describeBroken } from './broken-suite.ts'

describeBroken('AI SDK 7, `OpenTelemetry`', 'ai-7', 'costFetch')
