import type { Random } from './random.ts'
import type { Attributes } from './vocabularies.ts'

const amounts: readonly unknown[] = [
  0,
  1,
  7,
  100,
  -1,
  -0,
  0.5,
  1e300,
  2 ** 53 - 1,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '7',
  true,
]
const texts: readonly unknown[] = [
  '',
  'x',
  'gpt-4o',
  'claude-sonnet-4-5',
  'openai',
  '__proto__',
  'constructor',
  'error',
  'chat',
  'rerank',
  'embeddings',
  'generate_content',
  'ada@example.com',
  '{"anthropic":{"usage":{"inp',
  '{"gateway":{"cost":"0.0042"}}',
  '{"openrouter":{"usage":{"cost":0.02}}}',
  '[]',
  'null',
  '😀'.repeat(40),
  'a'.repeat(300),
  ['a', 'b'],
  [1, 2],
  ['ada@example.com'],
  7,
  true,
]
const ids: readonly unknown[] = [
  'user-1',
  'ada',
  'ada@example.com',
  '+41 44 668 18 00',
  '4111 1111 1111 1111',
  'a d a @ e x a m p l e . c o m',
  'b6d767d2-f8ed-4d21-a44b-0e5886680cb9',
  42,
  2 ** 60,
  0,
  '',
  'p_0123456789abcdef',
  'u'.repeat(257),
  '\ud800',
  '__proto__',
]

/** Attributes that are read or written, by what kind of value they have. */
const amountNames = [
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
  'gen_ai.usage.reasoning.output_tokens',
  'gen_ai.usage.seconds',
  'gen_ai.client.operation.duration',
  'llm.token_count.prompt',
  'llm.token_count.completion',
  'anthropic.usage.compaction.input_tokens',
  'http.response.status_code',
  'cost.usd',
  'cost.fees_usd',
  'cost.rollup_usd',
  'cost.unfinished_calls',
  'cost.usage.searches',
  'cost.usage.seconds',
  'cost.billed_usd',
  'cost.usage.unseen',
]
const textNames = [
  'ai.operationId',
  'ai.model.id',
  'ai.model.provider',
  'ai.response.id',
  'ai.response.model',
  'ai.response.finishReason',
  'ai.response.providerMetadata',
  'ai.telemetry.functionId',
  'ai.prompt.tools',
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.system',
  'gen_ai.request.model',
  'gen_ai.response.id',
  'gen_ai.response.model',
  'gen_ai.response.finish_reasons',
  'gen_ai.tool.definitions',
  'openai.response.service_tier',
  'anthropic.response.service_tier',
  'openinference.span.kind',
  'llm.provider',
  'llm.model_name',
  'llm.invocation_parameters',
  'output.value',
  'output.mime_type',
  'langfuse.trace.tags',
  'braintrust.tags',
  'error.type',
  'exception.type',
  'sentry.origin',
  'cost.status',
  'cost.reason',
  'cost.source',
  'cost.attribution',
  'cost.recorded',
  'cost.service_tier',
  'cost.region',
  'cost.tag.feature',
  'cost.tag.',
]
const idNames = [
  'user.id',
  'tenant.id',
  'cost.plan',
  'enduser.id',
  'session.id',
  'ai.telemetry.metadata.userId',
  'ai.telemetry.metadata.user_id',
  'ai.telemetry.metadata.tenantId',
  'ai.telemetry.metadata.plan',
  'ai.telemetry.metadata.note',
  'ai.settings.context.userId',
  'ai.settings.context.tenant_id',
  'ai.settings.context.plan',
  'langfuse.user.id',
  'metadata',
]

/** The same attributes, but for a few that are odd, missing or new. */
export function oddAttributes(random: Random, from: Readonly<Attributes>): Attributes {
  const attributes: Attributes = { ...from }
  const changes = 1 + random.below(4)
  for (let change = 0; change < changes; change++) {
    const own = Object.keys(attributes)
    const kind = random.below(5)
    if (kind === 0 && own.length > 0) delete attributes[random.pick(own)]
    else if (kind === 1 && own.length > 0) {
      const name = random.pick(own)
      attributes[name] = random.pick(typeof attributes[name] === 'number' ? amounts : texts)
    } else if (kind === 2) attributes[random.pick(amountNames)] = random.pick(amounts)
    else if (kind === 3) attributes[random.pick(textNames)] = random.pick(texts)
    else attributes[random.pick(idNames)] = random.pick(ids)
  }
  return attributes
}

/** What `withAttribution` may be given, mostly right. */
export function randomAttribution(random: Random): unknown {
  if (random.once(25)) return random.pick([null, undefined, 'ada', 7, [], { userid: 'ada' }])
  return {
    ...(!random.once(4) && {
      userId: random.once(2) ? `user-${random.below(9)}` : random.pick(ids),
    }),
    ...(random.once(2) && { tenantId: random.once(2) ? 'acme' : random.pick(ids) }),
    ...(random.once(2) && { plan: random.pick(['free', 'pro', '', null, 'p'.repeat(300)]) }),
    ...(random.once(3) && {
      tags: random.pick<unknown>([
        { feature: 'search' },
        { feature: null, mail: 'ada@example.com' },
        { '': 'x', __proto__: null, team: 'a' },
        null,
        7,
        { team: { deep: 1 } },
      ]),
    }),
    ...(random.once(20) && { redacted: random.pick([true, false, 1]) }),
    ...(random.once(30) && { team: 'x' }),
  }
}

/** Headers of a request as strangers send them. */
export function randomHeaders(random: Random): Record<string, string> {
  const traceId = random.hex(32)
  return {
    ...(random.once(2) && {
      traceparent: random.once(5)
        ? random.pick(['', '00', '00-zz-zz-01', `ff-${traceId}-${random.hex(16)}-01`])
        : `00-${traceId}-${random.hex(16)}-0${random.below(2)}`,
    }),
    ...(!random.once(4) && { baggage: randomBaggage(random) }),
  }
}

const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text)

/** The value of a `baggage` header. */
export function randomBaggage(random: Random): string {
  if (random.once(15)) return random.pick(['', '=', 'a', 'a=b=c;p', ',,,', '%', 'x=%E0%A4%A', ';'])
  const entries: string[] = []
  for (let entry = 0; entry <= random.below(5); entry++) {
    const name = random.pick([
      ...amountNames,
      ...textNames,
      ...idNames,
      'x',
      'costspan.attribution',
    ])
    const value = random.pick([...texts, ...ids].map(String).filter(isWellFormed))
    const property = random.once(9) ? ';level=1' : ''
    entries.push(`${name}=${encodeURIComponent(value)}${property}`)
  }
  return entries.join(random.once(9) ? ' , ' : ',')
}
