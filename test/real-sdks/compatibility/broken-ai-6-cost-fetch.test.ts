import { describeBroken } from './broken-suite.ts'

describeBroken('AI SDK 6', 'ai-6', 'costFetch')
