import { describePayload } from '../../support/payload-suite.ts'

describePayload('ai-6')
