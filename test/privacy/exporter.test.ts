import type { Attributes } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, dropContent } from 'costspan'
import { CostSpanExporter, type CostSpanExporterOptions } from 'costspan/exporter'
import { describe, expect, test } from 'vitest'
import { CopyingExporter } from '../support/pipeline.ts'
import { leaf, metadata } from '../support/attributed-spans.ts'
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

/** The same of a span that a processor which keeps personal ids has enriched before. */
function enrichedFirst(
  attributes: Record<string, unknown>,
  options: CostSpanExporterOptions = {},
): ReturnType<typeof exported> {
  const inner = new CopyingExporter()
  const decorated = new CostSpanExporter<ReadableSpan, { code: 0 }>(inner, options)
  const spanProcessors = [
    new CostSpanProcessor({ privacy: { personalIds: 'keep' } }),
    new SimpleSpanProcessor(decorated),
  ]
  const tracer = new BasicTracerProvider({ spanProcessors }).getTracer('ai')
  const span = tracer.startSpan('call', { attributes: attributes as Attributes })
  span.end()
  const { attributes: original } = span as unknown as ReadableSpan
  return { got: inner.spans[0]?.attributes ?? {}, original }
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

  test.each([false, true])('removes content, enriched by a processor: %s', (isEnriched) => {
    const attributes = { ...leaf, 'ai.response.text': 'secret', 'user.id': alice }
    const privacy = { dropContent }
    const { got } = isEnriched
      ? enrichedFirst(attributes, { privacy })
      : exported(attributes, { privacy })
    expect(got['cost.status']).toBe('priced')
    expect(JSON.stringify(got)).not.toContain('secret')
  })

  test('leaves what a processor has written: it had its own privacy options', () => {
    const { got, original } = enrichedFirst({ ...leaf, 'user.id': alice })
    expect(got).toMatchObject({ 'user.id': alice, 'cost.status': 'priced' })
    expect(got).toEqual(original)
  })

  test('does not mistake an attribute for the sign that a processor enriched the span', () => {
    const { got } = exported({ ...leaf, 'cost.status': 'priced', 'cost.usd': 0, 'user.id': alice })
    expect(got).toMatchObject({ 'cost.attribution': 'redacted', 'cost.status': 'priced' })
    expect(got['cost.usd']).toBeGreaterThan(0)
  })
})
