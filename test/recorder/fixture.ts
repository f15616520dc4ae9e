import { createRequire } from 'node:module'
import type { ServedCall } from '../loopback/provider.ts'
import type { InstalledPackage, Lane, LaneName, ScenarioProvider, Who } from './ai-sdks/lane.ts'
import type { RecordedSpan } from './recording-processor.ts'

/** What one scenario left behind. */
export interface RecordedScenario {
  name: string
  who: Who | null
  /** The name of the error the calls threw, in scenarios about failures. */
  threw?: string
  calls: Omit<ServedCall, 'provider'>[]
  spans: RecordedSpan[]
}

/** One file: the scenarios of one provider on one lane. */
export interface Fixture {
  lane: LaneName
  provider: ScenarioProvider
  packages: Record<string, string>
  scenarios: RecordedScenario[]
}

const require = createRequire(import.meta.url)

/** Names and versions of the packages that shape the spans. */
export function packagesOf(lane: Lane, provider: ScenarioProvider): Record<string, string> {
  const installed = [lane.ai, lane.providers[provider], lane.telemetry?.package]
  return Object.fromEntries(installed.filter((found) => found !== undefined).map(nameAndVersion))
}

function nameAndVersion({ alias }: InstalledPackage): [name: string, version: string] {
  const { name, version } = require(`${alias}/package.json`) as { name: string; version: string }
  return [name, version]
}

export function fixturePath(lane: LaneName, provider: ScenarioProvider): string {
  return `${lane}/${provider}.json`
}
