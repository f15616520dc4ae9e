import { describeRow } from './compatibility-suite.ts'
import { anthropicRow } from './raw-rows.ts'

describeRow(anthropicRow('`@anthropic-ai/sdk`, its own spans'))
