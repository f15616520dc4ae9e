import { expect } from 'vitest'
import type { RecordedScenario, RecordedSpan, Who } from './fixtures.ts'
import type { ExportedSpan } from './pipeline.ts'

/** US dollars; the price of a call is some thousandths of one. */
const PRECISION = 1e-9

const boundsOf: Record<string, { low: boolean; high: boolean }> = {
  priced: { low: true, high: true },
  upper_bound: { low: true, high: false },
  lower_bound: { low: false, high: true },
  estimated: { low: false, high: false },
  call_failed: { low: true, high: true },
}

/** Law 1: costs on leaves only, which sum to what the provider billed, or say how they bound it. */
export function expectRightSum({ calls, spans }: RecordedScenario, exported: ExportedSpan[]): void {
  const leaves = exported.filter(({ attributes }) => attributes['cost.status'] !== undefined)
  // One expectation for all spans: each costs as much time as the rest of a law.
  expect(exported.flatMap(inconsistenciesOf)).toEqual([])

  const billed = calls.reduce((sum, { usd }) => sum + (usd ?? Number.NaN), 0)
  const sum = leaves.reduce(
    (total, { attributes }) => total + Number(attributes['cost.usd'] ?? 0),
    0,
  )
  const bounds = leaves.map(({ attributes }) => boundsOf[String(attributes['cost.status'])])
  const allKnown = bounds.every((bound) => bound !== undefined) && everyCallEnded(spans)
  if (!allKnown || Number.isNaN(billed)) return
  if (bounds.every((bound) => bound?.low)) expect(sum).toBeGreaterThanOrEqual(billed - PRECISION)
  if (bounds.every((bound) => bound?.high)) expect(sum).toBeLessThanOrEqual(billed + PRECISION)
}

function inconsistenciesOf({ name, attributes }: ExportedSpan): string[] {
  const { 'cost.usd': usd, 'cost.status': status, 'cost.reason': reason } = attributes
  const hasCost = ['priced', 'upper_bound', 'lower_bound', 'estimated'].includes(String(status))
  const isPositive = typeof usd === 'number' && usd > 0
  const wrong: string[] = []
  if (hasCost ? !isPositive : usd !== undefined) wrong.push(`cost.usd is ${String(usd)}`)
  if (status !== undefined && (reason === undefined) !== (status === 'priced')) {
    wrong.push(`cost.reason is ${String(reason)}`)
  }
  if (status !== undefined && attributes['cost.rollup_usd'] !== undefined) wrong.push('a roll-up')
  return wrong.map((what) => `${name}, cost.status ${String(status)}: ${what}`)
}

/** A call whose span never ends was billed, and no span can say so. */
function everyCallEnded(spans: RecordedSpan[]): boolean {
  return spans.every(({ ended }) => ended !== null)
}

/** A span above calls carries the sum of the costs of the calls below it that ended before it did. */
export function expectRightRollups(
  { spans }: RecordedScenario,
  spanIds: Map<number, string>,
  exported: ExportedSpan[],
): void {
  const attributesOf = (span: RecordedSpan): Record<string, unknown> =>
    exported.find(({ spanId }) => spanId === spanIds.get(span.id))?.attributes ?? {}
  for (const span of spans) {
    const attributes = attributesOf(span)
    if (span.ended === null || !isAiSpan(span) || attributes['cost.status'] !== undefined) continue
    // What the recording left open and came out all the same was ended by the host, with its root.
    const below = spans.filter(
      (other) => isBelow(other, span, spans) && (other.ended ?? -1) < (span.ended ?? 0),
    )
    const calls = below.map(attributesOf).filter((found) => found['cost.status'] !== undefined)
    const priced = calls.filter((found) => found['cost.usd'] !== undefined)
    const sum = priced.reduce((total, found) => total + Number(found['cost.usd']), 0)
    if (priced.length === 0) expect(attributes['cost.rollup_usd']).toBeUndefined()
    else expect(attributes['cost.rollup_usd']).toBeCloseTo(sum, 12)
    const unfinished = unfinishedBelow(span, spans).filter(
      (call) => call.ended !== null || attributesOf(call)['cost.status'] === undefined,
    )
    const missing = calls.length - priced.length + unfinished.length
    expect(attributes['cost.rollup_missing_calls'] ?? 0).toBe(missing)
  }
}

/** Calls that had not ended when a span above them did; not what is inside of one of them. */
function unfinishedBelow(above: RecordedSpan, spans: RecordedSpan[]): RecordedSpan[] {
  const calls = spans.filter(({ name }) => /^ai\..*\.do[A-Z]|^(chat|embeddings|rerank) /.test(name))
  return calls.filter(
    (call) =>
      isBelow(call, above, spans) &&
      (call.ended ?? Number.POSITIVE_INFINITY) > (above.ended ?? 0) &&
      !calls.some((outer) => isBelow(call, outer, spans)),
  )
}

function isBelow(span: RecordedSpan, above: RecordedSpan, spans: RecordedSpan[]): boolean {
  if (span.parent === null) return false
  if (span.parent === above.id) return true
  const parent = spans.find(({ id }) => id === span.parent)
  return parent !== undefined && isBelow(parent, above, spans)
}

/** Law 2: the right user on every AI span. */
export function expectRightUsers(
  { spans }: RecordedScenario,
  spanIds: Map<number, string>,
  exported: ExportedSpan[],
): void {
  const pairs = spans.filter(isAiSpan).flatMap((span) => {
    const found = exported.find(({ spanId }) => spanId === spanIds.get(span.id))
    if (found === undefined) return []
    const expected = expectedUser(span, spans)
    return { name: span.name, attributes: found.attributes, expected }
  })
  const actual = pairs.map(({ name, attributes }) => ({
    name,
    userId: attributes['user.id'],
    tenantId: attributes['tenant.id'],
    plan: attributes['cost.plan'],
    attribution: attributes['cost.attribution'],
  }))
  expect(actual).toStrictEqual(
    pairs.map(({ name, expected }) => ({
      name,
      userId: expected?.userId,
      tenantId: expected?.tenantId,
      plan: expected?.plan,
      attribution: expected === undefined ? 'none' : undefined,
    })),
  )
}

function isAiSpan({ start }: RecordedSpan): boolean {
  return start['ai.operationId'] !== undefined || start['gen_ai.operation.name'] !== undefined
}

/** By the recording itself: the user in the span's attributes, else the one it was attributed to, else its parent's. */
function expectedUser(span: RecordedSpan, spans: RecordedSpan[]): Who | undefined {
  for (const prefix of ['ai.telemetry.metadata.', 'ai.settings.context.']) {
    const userId = span.start[`${prefix}userId`]
    if (typeof userId === 'string') {
      return withoutUndefined({
        userId,
        plan: span.start[`${prefix}plan`] as string | undefined,
        tenantId: span.start[`${prefix}tenantId`] as string | undefined,
      })
    }
  }
  const parent = spans.find(({ id }) => id === span.parent)
  const inherited = parent && expectedUser(parent, spans)
  const changed = span.attributed && span.attributed.userId !== parent?.attributed?.userId
  return changed ? span.attributed : (inherited ?? span.attributed)
}

function withoutUndefined(who: {
  userId: string
  plan: string | undefined
  tenantId: string | undefined
}): Who {
  return JSON.parse(JSON.stringify(who)) as Who
}
