import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Fixture } from '../recorder/fixture.ts'

export type { Fixture, RecordedScenario } from '../recorder/fixture.ts'
export type { Who } from '../recorder/ai-sdks/lane.ts'
export type { RecordedSpan } from '../recorder/recording-processor.ts'

const directory = join(import.meta.dirname, '../fixtures')

/** JSON has no NaN, and AI SDK 4 writes it. */
function revive(_name: string, value: unknown): unknown {
  const encoded = (value as { $number?: string } | null)?.$number
  return encoded === undefined ? value : Number(encoded)
}

export function loadFixtures(): Fixture[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => JSON.parse(readFileSync(join(directory, file), 'utf8'), revive) as Fixture)
}
