import { costTelemetry } from 'costspan/ai-sdk'
import { lanes } from '../recorder/ai-sdks/index.ts'
import { describeLane } from './ai-sdk-suite.ts'

const alias = '@ai-sdk/otel'

describeLane(
  {
    ...lanes['ai-7'],
    telemetry: {
      package: { alias, load: () => import('@ai-sdk/otel') },
      integration: async () => {
        const { OpenTelemetry } = await import('@ai-sdk/otel')
        return new OpenTelemetry(costTelemetry())
      },
    },
  },
  'AI SDK 7 with costTelemetry()',
)
