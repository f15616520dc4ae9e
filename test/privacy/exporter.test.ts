import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { CostSpanExporter, type CostSpanExporterOptions } from 'costspan/exporter'
import { describe, expect, test } from 'vitest'
import { CopyingExporter } from '../support/pipeline.ts'
import { leaf, metadata } from '../support/payers.ts'
import { plainSpan } from '../support/plain-span.ts'

const alice = 'alice@example.com'

/** What an exporter that is decorated gets of a span with those attributes. */
function exported(
  attributes: Record<string, unknown>,
  options: CostSpanExporterOptions = {},
): { got: Record<string, unknown>; original: Record<string, unknown> } {
  const inner = new CopyingExporter()
  const span = plainSpan(attributes)
  new CostSpanExporter<ReadableSpan, { code: 0 }>(inner, options).export(
    [span as unknown as ReadableSpan],
    () => {},
  )
  return { got: inner.spans[0]?.attributes ?? {}, original: span.attributes }
}

describe('the exporter', () => {
  test('leaves out ids that look personal, on its copy alone', () => {
    const attributes = { ...leaf, ...metadata({ userId: alice, note: alice }), 'cost.tag.a': alice }
    const { got, original } = exported(attributes)
    expect(JSON.stringify(got)).not.toContain('alice')
    expect(got).toMatchObject({ 'cost.attribution': 'redacted', 'cost.status': 'priced' })
    expect(original).toEqual(attributes)
  })

  test('makes the pseudonyms that the processor makes', () => {
    const key = 'a key of pseudonyms, for tests only'
    const { got } = exported(
      { ...leaf, ...metadata({ userId: 'u_1' }) },
      { privacy: { pseudonymize: { key } } },
    )
    expect(got['user.id']).toBe('pn_8riwOL_h-HBjH8mUomLaExDN1vVDf')
    expect(JSON.stringify(got)).not.toContain('u_1')
  })

  test('takes content off, of spans that a processor stamped too', () => {
    const stamped = { 'cost.status': 'priced', 'cost.usd': 1, 'user.id': alice }
    for (const more of [{}, stamped]) {
      const { got } = exported(
        { ...leaf, ...more, 'ai.response.text': 'secret' },
        { privacy: { dropContent: true } },
      )
      expect(JSON.stringify(got)).not.toContain('secret')
    }
  })

  test('leaves what a processor has stamped: it had its own privacy', () => {
    const attributes = { ...leaf, 'cost.status': 'priced', 'cost.usd': 1, 'user.id': alice }
    expect(exported(attributes).got).toEqual(attributes)
  })
})
