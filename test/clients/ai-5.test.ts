import { lanes } from '../recorder/ai-sdks/index.ts'
import { describeLane } from './ai-sdk-suite.ts'

describeLane(lanes['ai-5'])
