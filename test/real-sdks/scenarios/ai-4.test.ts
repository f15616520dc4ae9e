import { describeLane } from './scenario-suite.ts'

describeLane('ai-4')
