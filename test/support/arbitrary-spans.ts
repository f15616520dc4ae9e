import { context, ROOT_CONTEXT, trace, type Context, type Span } from '@opentelemetry/api'
import { withAttribution, type AttributionInput, type SpanLike } from 'costspan'
import fc from 'fast-check'
import { aiSdkCall, genAiCall, plainSpan, type Attributes } from './plain-span.ts'

const REMOTE = { traceId: 'f'.repeat(32), spanId: 'f'.repeat(16), traceFlags: 1, isRemote: true }

/** What must never happen to a span, and does. */
const hostilities = ['frozen', 'throwing', 'bare', 'brokenStatus', 'noEvents', 'noTime'] as const
type Hostility = (typeof hostilities)[number]

export interface ArbitrarySpan {
  readonly attributes: readonly (readonly [string, unknown])[]
  readonly scope: string
  readonly failed: boolean
  readonly hostility: Hostility | undefined
  /** Which earlier span is above, modulo their number and two: no parent, and a remote one. */
  readonly above: number
  readonly boundary: AttributionInput | undefined
  /** Spans end in this order, mostly from the leaves up. */
  readonly endsAt: number
  readonly neverEnds: boolean
}

const tokens = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 5000 }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -1, -0, 0.5, 1e300, 2 ** 53 - 1, '7') },
)

const providerMetadata = fc.oneof(
  fc
    .record(
      {
        openai: fc.record({ cachedPromptTokens: tokens, serviceTier: fc.constantFrom('flex', 7) }),
        anthropic: fc.record({
          usage: fc.record({
            input_tokens: tokens,
            cache_read_input_tokens: tokens,
            cache_creation_input_tokens: tokens,
            cache_creation: fc.record({ ephemeral_1h_input_tokens: tokens }),
            iterations: fc.constantFrom(null, [], [1, 2]),
          }),
        }),
        google: fc.record({
          usageMetadata: fc.record({
            promptTokenCount: tokens,
            cachedContentTokenCount: tokens,
            thoughtsTokenCount: tokens,
            candidatesTokenCount: tokens,
          }),
        }),
        bedrock: fc.record({ usage: fc.record({ cacheWriteInputTokens: tokens }) }),
        gateway: fc.record({ cost: fc.constantFrom('0.0042', '0', 'NaN', '-1', 0.5, Infinity) }),
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
  fc.constantFrom('{"anthropic":{"usage":{"inp', '', 'null', '[]', '{"__proto__":{"usage":1}}', 7),
)

const anything = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, '', true, NaN, -1, 2 ** 80, '__proto__', 'constructor'),
  fc.constantFrom<unknown>(
    [],
    [1, 'a', null],
    { nested: { deep: 1 } },
    () => 1,
    9n,
    Symbol.iterator,
  ),
)

const models = ['gpt-4o', 'claude-sonnet-4-5', 'gemini-2.5-pro', '__proto__', 'constructor', 'x']
const providers = ['openai.chat', 'anthropic.messages', 'amazon-bedrock', 'google.generative-ai']
const moreProviders = [
  'gateway',
  'azure.responses',
  'xai',
  'aws.bedrock',
  '__proto__',
  'toString.x',
]
const operationIds = ['ai.generateText.doGenerate', 'ai.streamText.doStream', 'ai.embed.doEmbed']
const groupIds = ['ai.generateText', 'ai.toolCall', 'ai.embed', 'ai.constructor', 'ai.transcribe']

const wellFormed: [string, fc.Arbitrary<unknown>][] = [
  ['ai.operationId', fc.constantFrom(...operationIds, ...operationIds, ...groupIds)],
  ['gen_ai.operation.name', fc.constantFrom('chat', 'invoke_agent', 'execute_tool', 'rerank')],
  ['ai.model.provider', fc.constantFrom(...providers, ...moreProviders)],
  ['gen_ai.provider.name', fc.constantFrom(...providers, ...moreProviders)],
  ['ai.model.id', fc.constantFrom(...models)],
  ['gen_ai.request.model', fc.constantFrom(...models)],
  ['gen_ai.response.model', fc.constantFrom(...models)],
  ['ai.response.providerMetadata', providerMetadata],
  [
    'ai.request.headers.user-agent',
    fc.constantFrom('ai/5.0.43', 'ai/6.0.1 runtime/node', 'ai/', 'x ai/NaN'),
  ],
  ['http.response.status_code', fc.constantFrom(200, 429, NaN, '500')],
  ['gen_ai.response.finish_reasons', fc.constantFrom(['stop'], ['error'], 'error')],
]
const usageNames = [
  'ai.usage.inputTokens',
  'ai.usage.outputTokens',
  'ai.usage.promptTokens',
  'ai.usage.completionTokens',
  'ai.usage.totalTokens',
  'ai.usage.tokens',
  'ai.usage.cachedInputTokens',
  'ai.usage.reasoningTokens',
  'ai.usage.inputTokenDetails.noCacheTokens',
  'ai.usage.inputTokenDetails.cacheReadTokens',
  'ai.usage.inputTokenDetails.cacheWriteTokens',
  'ai.usage.outputTokenDetails.reasoningTokens',
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.output_tokens',
  'gen_ai.usage.prompt_tokens',
  'gen_ai.usage.completion_tokens',
  'gen_ai.usage.cache_read.input_tokens',
  'gen_ai.usage.cache_creation.input_tokens',
  'gen_ai.usage.',
  'ai.usage.',
]
const userIds = fc.constantFrom<unknown>('ada', 'bob', 42, '', NaN, ['ada'], '__proto__')
const attributionNames = [
  'ai.telemetry.metadata.userId',
  'ai.settings.context.user_id',
  'user.id',
  'tenant.id',
  'cost.plan',
]

const attribute = fc.oneof(
  { weight: 4, arbitrary: fc.oneof(...wellFormed.map(([name, value]) => pair([name], value))) },
  { weight: 10, arbitrary: pair(usageNames, tokens) },
  { weight: 2, arbitrary: pair(attributionNames, userIds) },
  {
    weight: 1,
    arbitrary: pair(
      [...wellFormed.map(([name]) => name), ...usageNames, ...attributionNames],
      anything,
    ),
  },
)

function pair(from: readonly string[], value: fc.Arbitrary<unknown>) {
  return fc.tuple(fc.constantFrom(...from), value)
}

const calls: readonly [provider: string, model: string][] = [
  ['openai.chat', 'gpt-4o'],
  ['anthropic.messages', 'claude-sonnet-4-5'],
  ['google.generative-ai', 'gemini-2.5-pro'],
  ['amazon-bedrock', 'amazon.nova-pro-v1:0'],
]

/** What a span starts from, before anything odd is put on top: often a call that has a price. */
const foundation = fc.oneof(
  fc
    .tuple(fc.constantFrom(...calls), fc.constantFrom('ai', 'gen_ai'), fc.nat(9000), fc.nat(900))
    .map(([[provider, model], dialect, input, output]) =>
      Object.entries(
        dialect === 'ai'
          ? aiSdkCall(provider, model, {
              'ai.usage.inputTokens': input,
              'ai.usage.outputTokens': output,
            })
          : genAiCall(provider, model, {
              'gen_ai.usage.input_tokens': input,
              'gen_ai.usage.output_tokens': output,
            }),
      ),
    ),
  fc.constantFrom(...groupIds).map((id): [string, unknown][] => [['ai.operationId', id]]),
  fc.constant<[string, unknown][]>([]),
)

/** Trees of spans; with `hostile`, some of them are broken themselves. */
export function arbitraryTree(hostile: boolean): fc.Arbitrary<ArbitrarySpan[]> {
  const span: fc.Arbitrary<ArbitrarySpan> = fc.record({
    attributes: fc
      .tuple(foundation, fc.array(attribute, { maxLength: 9, size: 'max' }))
      .map(([first, then]) => [...first, ...then]),
    scope: fc.constantFrom('ai', 'ai', 'gen_ai', 'openinference'),
    failed: fc.nat(9).map((dice) => dice === 0),
    hostility: hostile
      ? fc.option(fc.constantFrom(...hostilities), { nil: undefined, freq: 3 })
      : fc.constant(undefined),
    above: fc.nat(),
    boundary: fc.option(
      fc.record({ userId: fc.constantFrom('ada', 'eve', 3, null), plan: fc.constant('pro') }),
      { nil: undefined, freq: 5 },
    ),
    endsAt: fc.nat(20),
    neverEnds: fc.nat(15).map((dice) => dice === 0),
  })
  return fc.array(span, { minLength: 1, maxLength: 19, size: 'max' })
}

/** The same span, new every time: what is written onto one tree must not show on another. */
function build(span: ArbitrarySpan, index: number, parentSpanId: string | undefined): SpanLike {
  const attributes: Attributes = Object.fromEntries(span.attributes)
  const built = plainSpan(attributes, {
    status: { code: span.failed ? 2 : 0 },
    instrumentationScope: { name: span.scope },
    parentSpanContext: parentSpanId === undefined ? undefined : { spanId: parentSpanId },
    spanContext: () => ({ traceId: '1'.repeat(32), spanId: String(index).padStart(16, '0') }),
  })
  const fail = (): never => {
    throw new Error('a getter that throws')
  }
  if (span.hostility === 'frozen') Object.freeze(attributes)
  if (span.hostility === 'throwing') {
    const name = span.attributes[0]?.[0] ?? 'ai.operationId'
    Object.defineProperty(attributes, name, { get: fail, enumerable: true })
  }
  if (span.hostility === 'bare') return { ...built, attributes: undefined as never }
  if (span.hostility === 'brokenStatus')
    return Object.defineProperty(built, 'status', { get: fail })
  if (span.hostility === 'noEvents') return { ...built, status: { code: 2 }, events: null as never }
  if (span.hostility === 'noTime') return { ...built, startTime: undefined as never }
  return built
}

export interface Started {
  readonly span: SpanLike
  readonly parent: number | undefined
  readonly context: Context
}

export interface Hooks {
  onStart(span: SpanLike, parentContext: Context): void
  onEnding(span: SpanLike): void
  onEnd(span: SpanLike): void
}

/** Runs the tree through the hooks; returns every span, and those that ended, in that order. */
export function run(
  tree: readonly ArbitrarySpan[],
  hooks: Hooks,
): { spans: Started[]; ended: SpanLike[] } {
  const spans: Started[] = []
  tree.forEach((arbitrary, index) => {
    const choice = arbitrary.above % (index + 2)
    const parent = choice < index ? choice : undefined
    const above = parent === undefined ? ROOT_CONTEXT : (spans[parent]?.context ?? ROOT_CONTEXT)
    const remote = choice === index ? trace.setSpanContext(ROOT_CONTEXT, REMOTE) : above
    const { boundary } = arbitrary
    const from = context.with(remote, () =>
      boundary === undefined ? context.active() : withAttribution(boundary, () => context.active()),
    )
    const span = build(arbitrary, index, trace.getSpanContext(from)?.spanId)
    hooks.onStart(span, from)
    spans.push({ span, parent, context: trace.setSpan(from, span as unknown as Span) })
  })
  const ended = [...tree.keys()]
    .filter((index) => tree[index]?.neverEnds === false)
    // Mostly children first; a high `endsAt` moves a span behind its parent.
    .toSorted((one, other) => endOf(tree, one) - endOf(tree, other))
    .map((index) => (spans[index] as Started).span)
  for (const span of ended) {
    hooks.onEnding(span)
    hooks.onEnd(span)
  }
  return { spans, ended }
}

function endOf(tree: readonly ArbitrarySpan[], index: number): number {
  const endsAt = tree[index]?.endsAt ?? 0
  return endsAt > 17 ? endsAt * 2 - index : -index
}
