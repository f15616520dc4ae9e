import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Of the suites that take ten seconds and more, the longest first: at the end no core waits for one of them. */
export const longest = [
  'test/processor/no-leak.test.ts',
  'test/serverless/shutdown.test.ts',
  'test/duplicates/charged-once.test.ts',
  'test/repository/bench.test.ts',
  'test/repository/regular-expressions.test.ts',
  'test/real-sdks/scenarios/ai-4.test.ts',
  'test/ledger/ledger.test.ts',
  'test/real-sdks/compatibility/broken-ai-4.test.ts',
  'test/real-sdks/processors/openinference.test.ts',
  'test/real-sdks/processors/langfuse.test.ts',
  'test/processor/laws.test.ts',
  'test/usage/laws.test.ts',
]

/** A machine of CI remembers no earlier run, by which vitest itself would order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = longest.indexOf(relative(this.ctx.config.root, moduleId))
      return at === -1 ? longest.length : at
    }
    // oxlint-disable-next-line unicorn/no-array-sort -- vitest's own method, which answers with a copy
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => place(one) - place(other))
  }
}
