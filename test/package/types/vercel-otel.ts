import { registerOTel } from '@vercel/otel'
import { CostSpanProcessor } from '../../../src/index.ts'

registerOTel({ serviceName: 'app', spanProcessors: [new CostSpanProcessor(), 'auto'] })
