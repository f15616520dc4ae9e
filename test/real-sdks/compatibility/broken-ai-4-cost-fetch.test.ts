import { describeBroken } from './broken-suite.ts'

describeBroken('AI SDK 4', 'ai-4', 'costFetch')
