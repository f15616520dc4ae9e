import { describeBroken } from './broken-suite.ts'

describeBroken('AI SDK 7, `LegacyOpenTelemetry`', 'ai-7-legacy', 'costFetch')
