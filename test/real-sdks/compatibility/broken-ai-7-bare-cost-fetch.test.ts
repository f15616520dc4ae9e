import { describeBroken } from './broken-suite.ts'

describeBroken('AI SDK 7, `OpenTelemetry` without options', 'ai-7-bare', 'costFetch')
