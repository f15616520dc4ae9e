import { context, trace, type Attributes, type Context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, type Span } from '@opentelemetry/sdk-trace-base'
import { withAttribution } from 'costspan'
import {
  loadFixtures,
  type Fixture,
  type RecordedSpan,
  type Who,
} from '../test/support/fixtures.ts'

/** A priced provider call, an AI span that only groups some, and anything else. */
export type Kind = 'call' | 'group' | 'foreign'

interface SpanPlan {
  readonly name: string
  readonly scope: string
  readonly kind: Kind
  readonly spanKind: number
  /** Index of the parent in the plan, or -1. */
  readonly parent: number
  /** What the span starts with, and what the instrumentation adds before it ends it. */
  readonly start: Attributes
  readonly end: Attributes
}

/** One request's spans, in the order in which they start. */
export interface TreePlan {
  readonly spans: readonly SpanPlan[]
  /** Indices of the spans in the order in which they end. */
  readonly endOrder: readonly number[]
  /** Who is attributed with `withAttribution` around the whole tree. */
  readonly who: Who | undefined
}

/** The spans of many trees that have the same place in their tree. */
export interface Place {
  readonly kind: Kind
  readonly spans: readonly Span[]
  readonly parentContexts: readonly Context[]
  readonly end: Attributes
}

context.setGlobalContextManager(new AsyncLocalStorageContextManager())

/** Limits that the shell sets are not measured. */
export const spanLimits = {
  attributeValueLengthLimit: Number.POSITIVE_INFINITY,
  attributeCountLimit: 128,
}

// Without processors: the bench calls the hooks itself.
const tracers = new BasicTracerProvider({ generalLimits: spanLimits })

const fixtures = loadFixtures()
const who: Who = { userId: 'user-1', plan: 'pro', tenantId: 'acme' }
const TWO_STEPS = 'generate text, two steps with a tool'

/** The trees that every processor runs. */
export const aiSdk6 = recorded('ai-6', 'openai-responses', TWO_STEPS)
const aiSdk7 = recorded('ai-7', 'openai-responses', TWO_STEPS)
const http: TreePlan = { spans: [httpServer(), httpClient(0)], endOrder: [1, 0], who: undefined }

/** A request that streams one answer: the span of HTTP, `ai.streamText` and `ai.streamText.doStream`. */
export const request = above(httpServer(), recorded('ai-6', 'openai-responses', 'stream text'))

export const plans = {
  'AI SDK 6, user in metadata': aiSdk6,
  'AI SDK 7, user from withAttribution': aiSdk7,
  HTTP: http,
  // What costs this package more or less than the plain case.
  'AI SDK 6, user from withAttribution': { ...withoutMetadata(aiSdk6), who },
  'AI SDK 6, model without a price': withModel(aiSdk6, 'house-model-1'),
  'AI SDK 6, streams': recorded('ai-6', 'openai-responses', 'stream text, two steps with a tool'),
  'AI SDK 6, Anthropic': recorded('ai-6', 'anthropic', TWO_STEPS),
  'AI SDK 6, Google': recorded('ai-6', 'google', TWO_STEPS),
  'HTTP below a tool': below(aiSdk6, httpClient),
} satisfies Record<string, TreePlan>

export type PlanName = keyof typeof plans

/** Starts the trees; the spans are those of the real SDK, and no processor has seen them yet. */
export function startTrees(plan: TreePlan, count: number, from: Context): Place[] {
  const root = plan.who === undefined ? from : attributed(plan.who, from)
  const places = plan.spans.map((span) => ({
    kind: span.kind,
    spans: [] as Span[],
    parentContexts: [] as Context[],
    end: span.end,
  }))
  for (let tree = 0; tree < count; tree++) {
    plan.spans.forEach((span, index) => {
      const parent = places[span.parent]?.spans[tree]
      const parentContext = parent === undefined ? root : trace.setSpan(root, parent)
      const options = { kind: span.spanKind, attributes: span.start }
      const started = tracers.getTracer(span.scope).startSpan(span.name, options, parentContext)
      places[index]?.spans.push(started as Span)
      places[index]?.parentContexts.push(parentContext)
    })
  }
  return places
}

function attributed(user: Who, from: Context): Context {
  return context.with(from, () => withAttribution(user, () => context.active()))
}

function recorded(lane: string, provider: string, scenario: string): TreePlan {
  const isWanted = (fixture: Fixture): boolean =>
    fixture.lane === lane && fixture.provider === provider
  const found = fixtures.find(isWanted)?.scenarios.find(({ name }) => name === scenario)
  if (found === undefined) throw new Error(`No recording ${lane}/${provider} "${scenario}"`)
  const { spans } = found
  return {
    spans: spans.map((span) => ({
      name: span.name,
      scope: span.scope,
      kind: isCall(span) ? 'call' : 'group',
      spanKind: span.kind,
      parent: spans.findIndex(({ id }) => id === span.parent),
      start: span.start,
      end: span.end ?? {},
    })),
    endOrder: spans
      .map((_, index) => index)
      .toSorted((one, other) => (spans[one]?.ended ?? 0) - (spans[other]?.ended ?? 0)),
    who: spans[0]?.attributed,
  }
}

function isCall({ name }: RecordedSpan): boolean {
  return name.includes('.do') || name.startsWith('chat ')
}

function withoutMetadata(plan: TreePlan): TreePlan {
  return changed(plan, (attributes) =>
    Object.entries(attributes).filter(([name]) => !name.startsWith('ai.telemetry.metadata.')),
  )
}

function withModel(plan: TreePlan, model: string): TreePlan {
  return changed(plan, (attributes) =>
    Object.entries(attributes).map(([name, value]) =>
      /model(\.id)?$/.test(name) ? [name, model] : [name, value],
    ),
  )
}

type Entries = [string, Attributes[string]][]

function changed(plan: TreePlan, change: (attributes: Attributes) => Entries): TreePlan {
  const spans = plan.spans.map((span) => ({
    ...span,
    start: Object.fromEntries(change(span.start)),
    end: Object.fromEntries(change(span.end)),
  }))
  return { ...plan, spans }
}

/** With a foreign span below its tool. */
function below(plan: TreePlan, foreign: (parent: number) => SpanPlan): TreePlan {
  const tool = plan.spans.findIndex(({ name }) => name === 'ai.toolCall')
  const spans = [...plan.spans, foreign(tool)]
  return { ...plan, spans, endOrder: [spans.length - 1, ...plan.endOrder] }
}

/** With a span above its first. */
function above(top: SpanPlan, plan: TreePlan): TreePlan {
  const spans = plan.spans.map((span) => ({ ...span, parent: span.parent + 1 }))
  return {
    ...plan,
    spans: [top, ...spans],
    endOrder: [...plan.endOrder.map((index) => index + 1), 0],
  }
}

function httpServer(): SpanPlan {
  return {
    name: 'POST /api/chat',
    scope: '@opentelemetry/instrumentation-http',
    kind: 'foreign',
    spanKind: 1,
    parent: -1,
    start: {
      'http.request.method': 'POST',
      'url.scheme': 'https',
      'url.path': '/api/chat',
      'server.address': 'app.example.com',
      'server.port': 443,
      'network.protocol.version': '1.1',
      'network.peer.address': '10.0.0.7',
      'network.peer.port': 51234,
      'client.address': '203.0.113.9',
      'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
    },
    end: { 'http.response.status_code': 200, 'http.route': '/api/chat' },
  }
}

function httpClient(parent: number): SpanPlan {
  return {
    name: 'GET',
    scope: '@opentelemetry/instrumentation-undici',
    kind: 'foreign',
    spanKind: 2,
    parent,
    start: {
      'http.request.method': 'GET',
      'http.request.method_original': 'GET',
      'url.full': 'https://weather.example.com/v1/now?city=Bern',
      'url.path': '/v1/now',
      'url.query': '?city=Bern',
      'url.scheme': 'https',
      'server.address': 'weather.example.com',
      'server.port': 443,
      'user_agent.original': 'undici',
    },
    end: {
      'network.peer.address': '198.51.100.4',
      'network.peer.port': 443,
      'http.response.status_code': 200,
      'http.response.header.content-length': 120,
    },
  }
}
