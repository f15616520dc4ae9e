import { describeBroken } from './broken-suite.ts'

describeBroken('AI SDK 5', 'ai-5', 'costFetch')
