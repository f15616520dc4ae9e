import { describeLane } from '../support/live-suite.ts'

describeLane('ai-5')
