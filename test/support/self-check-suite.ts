import { context, trace, type Tracer, type TracerProvider } from '@opentelemetry/api'
import {
  CostSpanProcessor,
  selfCheck,
  withAttribution,
  type Charge,
  type FindingId,
} from 'costspan'
import { CostSpanExporter } from 'costspan/exporter'
import { recordCosts, type SamplerLike } from 'costspan/sampling'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CopyingExporter } from './pipeline.ts'
import { capturePrinted } from './printed.ts'
import { leaf, usage } from './sdk-2.ts'

/** What the suite builds of an SDK, or of `@vercel/otel`. */
export interface SdkParts {
  /** Whether an exporting processor may run before costspan, because the SDK calls `onEnding`. */
  readonly callsOnEnding: boolean
  readonly simple: (exporter: object) => unknown
  readonly batch: (exporter: object) => unknown
  /** Registers a provider, and a context manager, by the API that the SDK uses. The processors are of the SDK or of costspan. */
  readonly register: (processors: readonly unknown[], sampler?: SamplerLike) => void
  /** A provider that is not registered. `@vercel/otel` has none. */
  readonly provider?: (processors: readonly unknown[]) => TracerProvider
  readonly samplers: {
    readonly alwaysOff: SamplerLike
    ratio(share: number): SamplerLike
    parentBased(root: SamplerLike): SamplerLike
  }
}

export const found = (): FindingId[] => selfCheck().map(({ id }) => id)

/** The process forgets its processors and what their spans revealed: as in a new process. */
export function forgetSetUp(): void {
  delete (globalThis as { [name: symbol]: unknown })[Symbol.for('costspan.set-up')]
  trace.disable()
  context.disable()
}

export function call(tracer: Tracer = trace.getTracer('ai')): void {
  tracer.startSpan('call', { attributes: { ...leaf, ...usage } }).end()
}

/** A processor of the shape of Sentry's: its exporter keeps the spans, and reads them once their root has ended. */
function exportingLater(): object {
  const spans: unknown[] = []
  return {
    _exporter: { export: (span: unknown) => void spans.push(span) },
    onStart: () => {},
    onEnd: (span: unknown) => void spans.push(span),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
}

/** Of each SDK: what is certain from the pipeline of its provider, and which set-ups are right. */
export function describeSelfCheck(name: string, parts: SdkParts): void {
  const { callsOnEnding, simple, batch, register, provider, samplers } = parts
  const costs = (): CostSpanProcessor => new CostSpanProcessor()

  describe(`selfCheck on ${name}`, () => {
    const printed = capturePrinted()
    beforeEach(forgetSetUp)
    afterEach(forgetSetUp)

    test('finds nothing in the documented set-up, before and after calls', () => {
      const users: unknown[] = []
      const onCharge = ({ attribution }: Charge): void => void users.push(attribution.userId)
      register([new CostSpanProcessor({ onCharge }), batch(new CopyingExporter())])
      expect(selfCheck()).toEqual([])
      withAttribution({ userId: 'ada' }, () => call())
      expect(users).toEqual(['ada'])
      expect(selfCheck()).toEqual([])
      expect(printed.join()).not.toMatch(/SimpleSpanProcessor|sampler|context manager|api/)
    })

    test('finds a processor that exports first where the SDK does not call onEnding', () => {
      register([simple(new CopyingExporter()), costs()])
      const expected = callsOnEnding ? [] : ['exporter-first']
      expect(found()).toEqual(expected)
      call()
      expect(found()).toEqual(expected)
      expect(String(printed).includes('SimpleSpanProcessor')).toBe(!callsOnEnding)
    })

    test.each<[string, () => readonly unknown[]]>([
      ['behind', () => [costs(), simple(new CopyingExporter())]],
      ['in batches', () => [batch(new CopyingExporter()), costs()]],
      ['later, as that of Sentry 8 to 10', () => [exportingLater(), costs()]],
      [
        'through CostSpanExporter',
        () => [simple(new CostSpanExporter(new CopyingExporter() as never)), costs()],
      ],
    ])('finds no fault in a processor that exports %s', (_, processors) => {
      register(processors())
      call()
      expect(found()).toEqual([])
    })

    // `@vercel/otel` registers its provider, so it has none but the global one.
    test.each(provider === undefined ? [] : [provider])(
      'finds it after the first call of a provider that is not the global one',
      (providerOf) => {
        register([costs()])
        const own = providerOf([simple(new CopyingExporter()), costs()])
        expect(found()).toEqual([])
        call(own.getTracer('ai'))
        expect(found()).toEqual(callsOnEnding ? [] : ['exporter-first'])
      },
    )

    test.each<[string, SamplerLike, FindingId[]]>([
      ['that drops all', samplers.alwaysOff, ['sampler-drops']],
      ['by a ratio', samplers.ratio(0.5), ['sampler-drops']],
      ['by a ratio of roots', samplers.parentBased(samplers.ratio(0.5)), ['sampler-drops']],
      ['that keeps all', samplers.ratio(1), []],
      ['in recordCosts', recordCosts(samplers.parentBased(samplers.alwaysOff)), []],
    ])('knows a sampler %s before the first call', (_, sampler, expected) => {
      register([costs()], sampler)
      expect(found()).toEqual(expected)
    })

    test('asks no sampler, and reports none that it does not know', () => {
      let asked = 0
      const sampler = {
        shouldSample: (...span: Parameters<SamplerLike['shouldSample']>) => {
          asked++
          return samplers.ratio(1).shouldSample(...span)
        },
        toString: () => 'RateLimited{10}',
      }
      register([costs()], sampler)
      expect(found()).toEqual([])
      expect(asked).toBe(0)
      call()
      expect(asked).toBe(1)
    })

    test('reports no sampler of a provider that has no processor of costspan', () => {
      costs()
      register([batch(new CopyingExporter())], samplers.alwaysOff)
      expect(found()).toEqual([])
    })
  })
}
