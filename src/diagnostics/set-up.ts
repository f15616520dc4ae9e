// The SDK's private names; a sampler describes itself by its `toString`.
/* oxlint-disable no-underscore-dangle, typescript/no-base-to-string */
import { trace } from '@opentelemetry/api'
import type { SpanLike } from '../span/span.ts'
import { warn } from './messages.ts'
import type { Reporter } from '../warnings/reporter.ts'

/**
 * Fields of OpenTelemetry's SDK 1.30, 2.12, 3.0 and `@vercel/otel` 2.1 that no type declares. Where one is missing,
 * nothing is reported.
 */
interface Internals {
  readonly ended?: unknown
  readonly _spanProcessor?: Internals
  readonly _spanProcessors?: unknown
  readonly processors?: unknown
  readonly _exporter?: unknown
  readonly _maxQueueSize?: unknown
  readonly _sampler?: { toString(): string }
}

/** Warns of a set-up that loses charges, as far as a span and its provider reveal it. */
export function warnSetUp(reporter: Reporter, span: SpanLike, owner: object): void {
  if (isExportedBefore(span as Internals, owner)) warn(reporter, 'exportedBefore')
  if (isSampled(span as Internals)) warn(reporter, 'sampled')
}

/** Whether a processor before this one exports spans at once. It matters where calls are charged in `onEnd`. */
function isExportedBefore({ ended, _spanProcessor }: Internals, owner: Internals): boolean {
  if (ended !== true || _spanProcessor === undefined) return false
  const processors = flatten(_spanProcessor, 0)
  return processors
    .slice(0, Math.max(0, processors.indexOf(owner)))
    .some(({ _exporter, _maxQueueSize }) => _exporter !== undefined && _maxQueueSize === undefined)
}

/** All processors of a composite. `@vercel/otel` nests composites. */
function flatten(processor: Internals, depth: number): readonly Internals[] {
  const { _spanProcessors, processors } = processor
  const inner = _spanProcessors ?? processors
  if (!Array.isArray(inner) || depth > 3) return [processor]
  return (inner as readonly unknown[])
    .filter((one): one is Internals => typeof one === 'object' && one !== null)
    .flatMap((one) => flatten(one, depth + 1))
}

/** Whether the sampler drops traces, by its description. Each of OpenTelemetry's samplers has one. */
function isSampled({ _spanProcessor }: Internals): boolean {
  const proxy = trace.getTracerProvider() as { getDelegate?(): typeof proxy } & ReturnType<
    typeof trace.getTracerProvider
  >
  const tracer = (proxy.getDelegate?.() ?? proxy).getTracer('costspan') as Internals
  const { _sampler, _spanProcessor: own } = tracer
  // The global provider is not the one whose spans are charged.
  if (own !== undefined && own !== _spanProcessor) return false
  return (
    _sampler !== undefined &&
    /^(?:ParentBased\{root=)?(?:TraceIdRatioBased\{(?!1\})|AlwaysOffSampler)/.test(
      _sampler.toString(),
    )
  )
}
