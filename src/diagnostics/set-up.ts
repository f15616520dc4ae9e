// The SDK's private names; a sampler describes itself by its `toString`.
/* oxlint-disable no-underscore-dangle, typescript/no-base-to-string */
import { trace } from '@opentelemetry/api'
import { contextProblem, registeredGlobals } from '../attribution/context-manager.ts'
import { lacksUsageOptions, spanWriters } from '../conventions/integrations.ts'
import { isPart } from './set-up-state.ts'

/**
 * Fields of OpenTelemetry's SDK 1.30, 2.12, 3.1 and `@vercel/otel` 2.1 that no type declares. Where one is missing,
 * nothing is reported.
 */
interface Internals {
  readonly _spanProcessor?: Internals
  readonly _spanProcessors?: unknown
  readonly processors?: unknown
  readonly onEnding?: unknown
  readonly _exporter?: unknown
  /** Of a `SimpleSpanProcessor` alone, by version. */
  readonly _pendingExports?: unknown
  readonly _unresolvedExports?: unknown
  readonly _sampler?: { toString(): string }
  /** Of a tracer of SDK 1. */
  getActiveSpanProcessor?(): Internals
}

/** Where the spans of a provider go. */
interface Pipeline {
  /** The processor of the provider, as a rule a composite. */
  readonly root: Internals | undefined
  /** Whether a processor is the one that charges calls. */
  readonly isOwn: (processor: object) => boolean
}

/** Each fault, and whether it is present. Nothing is called that belongs to the application, such as a sampler or an exporter. */
const checks = {
  'api-copies': () => contextProblem() === 'api-copies' || hasMuteIntegration(),
  'no-context-manager': () => contextProblem() === 'no-context-manager',
  'exporter-first': isExportedBefore,
  'sampler-drops': isSampled,
  'integration-options': lacksUsageOptions,
}

export type PresentFinding = keyof typeof checks

/** The faults that are present now, in the pipeline that `find` returns. A check that fails finds none. */
export function presentFindings(find: () => Pipeline): PresentFinding[] {
  return (Object.keys(checks) as PresentFinding[]).filter((id) => {
    try {
      return checks[id](find())
    } catch {
      return false
    }
  })
}

/** The pipeline of a span that a processor has received. */
export function pipelineOf(span: object, owner: object): Pipeline {
  return { root: (span as Internals)._spanProcessor, isOwn: (processor) => processor === owner }
}

/** The pipeline of the global provider, if a processor of this package is in it. */
export function globalPipeline(): Pipeline {
  const root = rootOf(globalTracer())
  const isCharged = root !== undefined && leavesOf(root).some(({ processor }) => isPart(processor))
  return { root: isCharged ? root : undefined, isOwn: isPart }
}

/**
 * Whether an integration of AI SDK 7 has its tracer from a copy of the API in which no provider is registered, though one
 * is registered in another copy: it writes no span.
 */
function hasMuteIntegration(): boolean {
  return (
    registeredGlobals().trace !== undefined &&
    spanWriters().some((integration) => {
      const { tracer } = integration as { tracer?: { _provider?: ProxyProvider } }
      const provider = tracer?._provider
      return (
        typeof provider?.getDelegateTracer === 'function' &&
        provider.getDelegateTracer('costspan') === undefined
      )
    })
  )
}

/** The API's stand-in for a provider that is registered later. */
interface ProxyProvider {
  getDelegateTracer?(name: string): unknown
}

/**
 * Whether a processor that exports at once runs before the one that charges calls, and no hook runs before both: SDKs
 * before 2.3 and `@vercel/otel` do not call `onEnding`.
 */
function isExportedBefore({ root, isOwn }: Pipeline): boolean {
  if (root === undefined) return false
  const leaves = leavesOf(root)
  const own = leaves.findIndex(({ processor }) => isOwn(processor))
  return (
    leaves[own]?.isCalledOnEnding === false &&
    leaves.slice(0, own).some(({ processor }) => exportsAtOnce(processor))
  )
}

/**
 * As `SimpleSpanProcessor` does. A `CostSpanExporter` writes the costs itself. Sentry's processor has an exporter, too, which
 * reads spans later.
 */
function exportsAtOnce({ _exporter, _pendingExports, _unresolvedExports }: Internals): boolean {
  return (_pendingExports ?? _unresolvedExports) !== undefined && !isPart(_exporter)
}

interface Leaf {
  readonly processor: Internals
  readonly isCalledOnEnding: boolean
}

/** All processors of a composite, in order. `@vercel/otel` nests composites. One that holds itself is looked at once. */
function leavesOf(
  processor: Internals,
  isCalledOnEnding = true,
  above: readonly Internals[] = [],
): readonly Leaf[] {
  const { _spanProcessors, processors, onEnding } = processor
  const inner = _spanProcessors ?? processors
  if (!Array.isArray(inner) || above.length > 3) return [{ processor, isCalledOnEnding }]
  const passesOn = isCalledOnEnding && typeof onEnding === 'function'
  return (inner as readonly unknown[])
    .filter(
      (one): one is Internals =>
        typeof one === 'object' &&
        one !== null &&
        one !== processor &&
        !above.includes(one as Internals),
    )
    .flatMap((one) => leavesOf(one, passesOn, [...above, processor]))
}

/**
 * Whether the sampler drops traces, by its description: each of OpenTelemetry's samplers has one. It is not asked about a
 * span, because a sampler may count or log what it is asked. Only the sampler of the global provider is known.
 */
function isSampled({ root }: Pipeline): boolean {
  const tracer = globalTracer()
  return (
    root !== undefined &&
    root === rootOf(tracer) &&
    tracer._sampler !== undefined &&
    /^(?:ParentBased\{root=)?(?:TraceIdRatioBased\{(?!1\})|AlwaysOffSampler)/.test(
      tracer._sampler.toString(),
    )
  )
}

function globalTracer(): Internals {
  const proxy = trace.getTracerProvider() as { getDelegate?(): typeof proxy } & ReturnType<
    typeof trace.getTracerProvider
  >
  return (proxy.getDelegate?.() ?? proxy).getTracer('costspan') as Internals
}

function rootOf(tracer: Internals): Internals | undefined {
  return tracer._spanProcessor ?? tracer.getActiveSpanProcessor?.()
}
