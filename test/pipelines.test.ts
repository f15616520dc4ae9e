import { CostSpanProcessor } from 'costspan'
import { describe, test } from 'vitest'
import { createSdk2 } from './pipelines/sdk-2.ts'
import { loadFixtures } from './support/fixtures.ts'
import { expectRightSum, expectRightUsers } from './support/laws.ts'
import { replay } from './support/replay.ts'

const fixtures = loadFixtures()

describe.each(['costspan first', 'costspan last'] as const)('SDK 2, %s', (order) => {
  for (const { lane, provider, scenarios } of fixtures) {
    describe(`${lane}, ${provider}`, () => {
      test.each(scenarios)('$name', async (scenario) => {
        const pipeline = createSdk2(new CostSpanProcessor(), order)
        const spanIds = replay(pipeline.tracer, scenario)
        const exported = await pipeline.exported()
        expectRightSum(scenario, exported)
        expectRightUsers(scenario, spanIds, exported)
        await pipeline.shutdown()
      })
    })
  }
})
