import { describePayload } from './payload-suite.ts'

describePayload('ai-7')
