import { ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api'
import { BasicTracerProvider, type Span } from '@opentelemetry/sdk-trace-base'
import type { Running } from './arms.ts'
import type { Pair } from './measure.ts'
import { request, spanLimits, startTrees, type Place } from './spans.ts'
import { quantile } from './statistics.ts'

/** Requests that are open at the same time. */
export const openCounts = [1, 4, 8, 64, 512, 4096] as const

export interface OpenRound {
  readonly open: number
  /** Whole trees through the real SDK, or the hooks of their spans alone. */
  readonly what: 'trees' | 'hooks'
  /** How often each of the two runs some requests, in turn. The first quarter is not measured. */
  readonly turns: number
}

/** Requests that end in a turn; for each another one starts. */
const REQUESTS = 128

/** After how many turns the spans that have ended are exported, so that no queue is ever full. */
const TURNS_BETWEEN_FLUSHES = 8

/** Of the turns of each: what the machine does besides makes some slower, and none quicker. */
const QUICK = 0.1

/**
 * One request after the other ends while others stay open, as on a server: the oldest ends, and a new one starts.
 * Measures nanoseconds for one request: the span of HTTP, that of `ai.streamText`, and that of its one call. The two take
 * turns with their requests staying open, so that whatever else the machine does meets both alike.
 */
export async function compareOpenRequests(
  { base, own }: Pair<Running>,
  { open, what, turns }: OpenRound,
): Promise<Pair<number>> {
  const start = what === 'trees' ? serveTrees : serveHooks
  const servers = { base: start(base, open), own: start(own, open) }
  const measured = { base: [] as number[], own: [] as number[] }
  for (let turn = 0; turn < turns; turn++) {
    for (const which of turn % 2 === 0 ? (['base', 'own'] as const) : (['own', 'base'] as const)) {
      const elapsed = servers[which].serve() + (await settled(which === 'base' ? base : own))
      if (turn >= turns / 4) measured[which].push(elapsed / REQUESTS)
    }
    if (turn % TURNS_BETWEEN_FLUSHES === 0) await flush(base, own)
  }
  for (const which of ['base', 'own'] as const) servers[which].stop()
  await flush(base, own)
  return { base: quantile(measured.base, QUICK), own: quantile(measured.own, QUICK) }
}

/** Requests of one arm that are open. `serve` ends some, starts as many, and returns the nanoseconds. */
interface Server {
  serve(): number
  stop(): void
}

/** Waits for work that the hooks only began: it is measured with them. */
async function settled({ settle }: Running): Promise<number> {
  if (settle === undefined) return 0
  const before = performance.now()
  await settle()
  return (performance.now() - before) * 1e6
}

async function flush(...all: Running[]): Promise<void> {
  for (const { processors } of all) for (const processor of processors) await processor.forceFlush()
}

function serveTrees({ processors, context }: Running, open: number): Server {
  const provider = new BasicTracerProvider({
    spanProcessors: [...processors],
    generalLimits: spanLimits,
  })
  const from = context?.(ROOT_CONTEXT) ?? ROOT_CONTEXT
  const ring = Array.from({ length: open }, () => startTree(provider, from))
  let place = 0
  return {
    serve() {
      const before = performance.now()
      for (let served = 0; served < REQUESTS; served++) {
        endTree(ring[place])
        ring[place] = startTree(provider, from)
        place = (place + 1) % open
      }
      return (performance.now() - before) * 1e6
    },
    stop() {
      for (const tree of ring) endTree(tree)
    },
  }
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

function serveHooks({ processors, context }: Running, open: number): Server {
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
  let place = 0
  return {
    serve() {
      elapsed = 0
      for (let served = 0; served < REQUESTS; served++) {
        end(ring[place])
        ring[place] = start()
        place = (place + 1) % open
      }
      return elapsed * 1e6
    },
    stop() {
      for (const places of ring) end(places)
    },
  }
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
