import { describeRow } from './compatibility-suite.ts'
import { recordedRow } from './raw-rows.ts'

describeRow(recordedRow('`recordCall`'))
