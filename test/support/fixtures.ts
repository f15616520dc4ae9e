import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** As `npm run record` writes them; see `test/recorder`. */
export interface Who {
  userId: string
  plan?: string
  tenantId?: string
}

export interface RecordedSpan {
  id: number
  parent: number | null
  name: string
  kind: number
  scope: string
  attributed?: Who
  start: Record<string, unknown>
  end: Record<string, unknown> | null
  ended: number | null
  status: { code: number; message?: string }
  events: { name: string; attributes: Record<string, unknown> }[]
}

export interface RecordedCall {
  endpoint: string
  model: string
  status: number
  usage?: Record<string, number>
  /** What the loopback provider billed; absent where its own price list has no such model. */
  usd?: number
}

export interface RecordedScenario {
  name: string
  who: Who | null
  calls: RecordedCall[]
  spans: RecordedSpan[]
}

export interface Fixture {
  lane: string
  provider: string
  scenarios: RecordedScenario[]
}

const directory = join(import.meta.dirname, '../fixtures')

/** JSON has no NaN, and AI SDK 4 writes it. */
function revive(_name: string, value: unknown): unknown {
  const encoded = (value as { $number?: string } | null)?.$number
  return encoded === undefined ? value : Number(encoded)
}

export function loadFixtures(): Fixture[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(directory, file), 'utf8'), revive) as Fixture)
}
