import { describeLane } from './scenario-suite.ts'

describeLane('ai-7-legacy')
