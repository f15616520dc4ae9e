import { context } from '@opentelemetry/api'
import {
  expressAttribution,
  fastifyAttribution,
  honoAttribution,
  nextAttribution,
} from '../../../src/middleware/index.ts'
import { setAttribution, withAttribution, type AttributionInput } from '../../../src/index.ts'
import { serializeAttribution, withAttributionBaggage } from '../../../src/propagation/index.ts'
import { recordCall } from '../../../src/manual/index.ts'
import { attributedTo } from '../../../src/ai-sdk/index.ts'

declare const team: string | null

/** As applications have them: of the environment, of a row of a database, of optional chaining. */
const tags = {
  release: process.env['RELEASE'],
  team,
  feature: 'search',
  tenure: undefined,
  rank: null,
}
const signingKey = '0123456789abcdef'

export const stated: AttributionInput = { tags, userId: undefined, tenantId: null, plan: undefined }

setAttribution({ tags })
withAttribution({ tags }, () => context.active())
recordCall({ provider: 'openai', model: 'gpt-4o', attribution: { tags } })
serializeAttribution({ signingKey, attribution: { tags } })
withAttributionBaggage({ signingKey, attribution: { tags } }, () => undefined)
attributedTo({ tags })
expressAttribution(() => ({ tags }))
fastifyAttribution(() => ({ tags }))
honoAttribution(() => ({ tags }))
nextAttribution(
  () => ({ tags }),
  () => undefined,
)

// @ts-expect-error a tag is a text
setAttribution({ tags: { release: {} } })
