import { CostSpanProcessor } from 'costspan'
import { afterAll, describe, test } from 'vitest'
import { loadFixtures } from '../../support/fixtures.ts'
import { expectRightRollups, expectRightSum, expectRightUsers } from '../../support/laws.ts'
import type { Order, CreatePipeline } from '../../support/pipeline.ts'
import { replay } from '../../support/replay.ts'

/** Every recorded scenario of every AI SDK major, through one OTel SDK, in one order of processors. */
export function describePipeline(
  name: string,
  orders: readonly Order[],
  create: CreatePipeline,
): void {
  const fixtures = loadFixtures()
  describe.each(orders)(`${name}, %s`, (order) => {
    const pipeline = create(new CostSpanProcessor(), order)
    afterAll(() => pipeline.shutdown())
    for (const { lane, provider, scenarios } of fixtures) {
      describe(`${lane}, ${provider}`, () => {
        test.each(scenarios)('$name', async (scenario) => {
          const spanIds = replay(pipeline.tracer, scenario)
          const ids = new Set(spanIds.values())
          const exported = (await pipeline.exported()).filter(({ spanId }) => ids.has(spanId))
          expectRightSum(scenario, exported)
          expectRightUsers(scenario, spanIds, exported)
          expectRightRollups(scenario, spanIds, exported)
        })
      })
    }
  })
}
