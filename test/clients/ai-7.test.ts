import { describeLane } from './ai-sdk-suite.ts'

describeLane('ai-7')
