import { ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api'
import { BasicTracerProvider, type Span } from '@opentelemetry/sdk-trace-base'
import type { Running } from './arms.ts'
import { request, spanLimits, startTrees, type Place } from './spans.ts'

/** Requests that are open at the same time. */
export const openCounts = [1, 4, 8, 64, 512, 4096] as const

export interface OpenRound {
  readonly open: number
  /** Whole trees through the real SDK, or the hooks of their spans alone. */
  readonly what: 'trees' | 'hooks'
  /** Requests that end in the round; for each another one starts. */
  readonly requests: number
  readonly round: number
}

/**
 * One request after the other ends while others stay open, as on a server: the oldest ends, and a new one starts.
 * Returns nanoseconds for one request: the span of HTTP, that of `ai.streamText`, and that of its one call.
 */
export async function runOpenRequests(running: Running, round: OpenRound): Promise<number> {
  const elapsed = round.what === 'trees' ? runTrees(running, round) : runHooks(running, round)
  // Work that the hooks only began is measured with them.
  const before = performance.now()
  await running.settle?.()
  const settled = running.settle === undefined ? 0 : (performance.now() - before) * 1e6
  for (const processor of running.processors) await processor.forceFlush()
  return (elapsed + settled) / round.requests
}

function runTrees(running: Running, { open, requests }: OpenRound): number {
  const { processors, context } = running
  const provider = new BasicTracerProvider({
    spanProcessors: [...processors],
    generalLimits: spanLimits,
  })
  const from = context?.(ROOT_CONTEXT) ?? ROOT_CONTEXT
  const ring = Array.from({ length: open }, () => startTree(provider, from))
  const before = performance.now()
  for (let index = 0; index < requests; index++) {
    const place = index % open
    endTree(ring[place])
    ring[place] = startTree(provider, from)
  }
  const elapsed = (performance.now() - before) * 1e6
  for (const tree of ring) endTree(tree)
  return elapsed
}

function startTree(provider: BasicTracerProvider, from: Context): Span[] {
  const started: Span[] = []
  for (const { name, scope, spanKind, parent, start } of request.spans) {
    const above = started[parent]
    const options = { kind: spanKind, attributes: start }
    const context = above === undefined ? from : trace.setSpan(from, above)
    started.push(provider.getTracer(scope).startSpan(name, options, context) as Span)
  }
  return started
}

function endTree(tree: readonly Span[] = []): void {
  for (const index of request.endOrder) {
    tree[index]?.setAttributes(request.spans[index]?.end ?? {}).end()
  }
}

function runHooks({ processors, context }: Running, { open, requests }: OpenRound): number {
  const from = context?.(ROOT_CONTEXT) ?? ROOT_CONTEXT
  let elapsed = 0
  const timed = (run: () => void): void => {
    const before = performance.now()
    run()
    elapsed += performance.now() - before
  }
  const start = (): Place[] => {
    const places = startTrees(request, 1, from)
    timed(() => {
      for (const place of places) onStart(processors, place)
    })
    return places
  }
  const end = (places: readonly Place[] = []): void => {
    for (const index of request.endOrder) {
      const place = places[index]
      const span = place?.spans[0]
      if (place === undefined || span === undefined) continue
      span.setAttributes(place.end).end()
      timed(() => onEnd(processors, span))
    }
  }
  const ring = Array.from({ length: open }, start)
  elapsed = 0
  for (let index = 0; index < requests; index++) {
    end(ring[index % open])
    ring[index % open] = start()
  }
  const total = elapsed * 1e6
  for (const places of ring) end(places)
  return total
}

function onStart(processors: Running['processors'], { spans, parentContexts }: Place): void {
  const [span, parentContext] = [spans[0], parentContexts[0]]
  if (span === undefined || parentContext === undefined) return
  for (const processor of processors) processor.onStart(span, parentContext)
}

function onEnd(processors: Running['processors'], span: Span): void {
  for (const processor of processors) processor.onEnding?.(span)
  for (const processor of processors) processor.onEnd(span)
}
