import { loadFixtures, type RecordedSpan } from '../../test/support/fixtures.ts'
import type { Plan, PlannedSpan } from './plan.ts'

/** 15 November 2026, as in the tests that replay the recordings. */
const AT = Date.parse('2026-11-15T00:00:00Z')

/** All recorded scenarios of the AI SDK, each as one input. */
export function recordedPlans(): Plan[] {
  return loadFixtures().flatMap(({ lane, provider, scenarios }) =>
    scenarios.map((scenario) => ({
      id: `${lane}/${provider}/${scenario.name}`,
      spans: scenario.spans.map((span) => planned(span, scenario.spans)),
      headers: {},
      at: AT,
      exportOrder: 'ended' as const,
      batchSize: 512,
    })),
  )
}

function planned(span: RecordedSpan, spans: readonly RecordedSpan[]): PlannedSpan {
  const parent = spans.findIndex(({ id }) => id === span.parent)
  // Who was attributed here and not above was attributed inside the span above.
  const { attributed } = span
  const isNew = attributed !== undefined && attributed.userId !== spans[parent]?.attributed?.userId
  return {
    name: span.name,
    scope: span.scope,
    kind: span.kind,
    parent: parent === -1 ? undefined : parent,
    start: span.start,
    end: span.end ?? {},
    status: span.status,
    events: span.events,
    ...(isNew && { attributed }),
    startsAt: span.id,
    endsAt: span.ended === null ? undefined : spans.length + span.ended,
  }
}
