import { createCharger, type Charge } from 'costspan'
import { expect } from 'vitest'
import { loadFixtures } from '../support/fixtures.ts'
import { plainSpan } from '../support/plain-span.ts'
import { leaf, prices, usage } from '../support/sdk-2.ts'

/** A number with labels, as a backend receives it. */
export interface Labelled {
  readonly labels: Readonly<Record<string, unknown>>
  readonly value: number
}

/** A call costs one US dollar. */
const charger = createCharger({ prices })
export function chargeOf(userId: string, more: Record<string, string> = {}): Charge {
  const attribution = { userId, tenantId: 'acme', plan: 'pro' }
  const charge = charger(plainSpan({ ...leaf, ...usage, ...more }), attribution)
  if (charge === undefined) throw new Error('no call')
  return charge
}

/** Of every call that any AI SDK recorded. */
export function recordedCharges(): Charge[] {
  const charge = createCharger()
  return loadFixtures()
    .flatMap(({ scenarios }) => scenarios)
    .flatMap(({ spans }) => spans)
    .map((span) => charge(plainSpan({ ...span.start, ...span.end })))
    .filter((made) => made !== undefined)
}

export const valueOf = (points: readonly { value: number }[]): number =>
  points.reduce((sum, { value }) => sum + value, 0)

export function byUser(points: readonly Labelled[], label: string): Map<unknown, number> {
  const sums = new Map<unknown, number>()
  for (const { labels, value } of points) {
    sums.set(labels[label], (sums.get(labels[label]) ?? 0) + value)
  }
  return sums
}

export function usdByUser(charges: readonly Charge[]): Map<unknown, number> {
  return byUser(
    charges
      .filter(({ usd }) => usd !== undefined)
      .map(({ usd, attribution }) => ({ labels: { user: attribution.userId }, value: usd ?? 0 })),
    'user',
  )
}

export function expectSameSums(found: Map<unknown, number>, expected: Map<unknown, number>): void {
  expect(new Set(found.keys())).toEqual(new Set(expected.keys()))
  for (const [user, usd] of expected) expect(found.get(user)).toBeCloseTo(usd, 9)
}

export const isUnknownCost = ({ usd, status }: Charge): boolean =>
  usd === undefined && status !== 'call_failed'
