import type { Random } from './random.ts'

export type Attributes = Record<string, unknown>

/** What a call used, in parts that do not overlap. */
export interface Used {
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly output: number
  readonly reasoning: number
}

/** One request to a provider, before anything writes a span of it. */
export interface Request {
  readonly provider: Provider
  readonly model: string
  readonly used: Used
  readonly id: string | undefined
  readonly tier: string | undefined
}

/** How one library writes the span of a call. */
export interface WrittenCall {
  readonly scope: string
  readonly name: string
  readonly start: Attributes
  readonly end: Attributes
}

interface Provider {
  readonly aiSdk: string
  readonly genAi: string
  readonly models: readonly string[]
}

const providers: readonly Provider[] = [
  { aiSdk: 'openai.chat', genAi: 'openai', models: ['gpt-4o', 'gpt-4o-mini', 'gpt-5', 'o3'] },
  { aiSdk: 'openai.responses', genAi: 'openai', models: ['gpt-4o', 'gpt-5', 'ft:gpt-4o:acme::1'] },
  {
    aiSdk: 'anthropic.messages',
    genAi: 'anthropic',
    models: ['claude-sonnet-4-5', 'claude-haiku-4-5-20251001', 'claude-house-1'],
  },
  {
    aiSdk: 'google.generative-ai',
    genAi: 'gcp.gemini',
    models: ['gemini-2.5-pro', 'gemini-2.5-flash'],
  },
  { aiSdk: 'google.vertex.chat', genAi: 'gcp.vertex_ai', models: ['gemini-2.5-pro', 'claude-x'] },
  {
    aiSdk: 'amazon-bedrock',
    genAi: 'aws.bedrock',
    models: ['amazon.nova-pro-v1:0', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
  },
  { aiSdk: 'azure.responses', genAi: 'azure.ai.openai', models: ['gpt-4o', 'my-deployment'] },
  {
    aiSdk: 'gateway',
    genAi: 'gateway',
    models: ['anthropic/claude-sonnet-4.5', 'openai/gpt-4o', 'x/y'],
  },
  { aiSdk: 'deepseek.chat', genAi: 'deepseek', models: ['deepseek-chat', 'deepseek-v4-pro'] },
  { aiSdk: 'perplexity', genAi: 'perplexity', models: ['sonar', 'sonar-pro'] },
  { aiSdk: 'groq.chat', genAi: 'groq', models: ['llama-3.3-70b-versatile'] },
  { aiSdk: 'cohere.chat', genAi: 'cohere', models: ['command-r-plus'] },
  { aiSdk: 'my-gpu', genAi: 'my-gpu', models: ['llama-4', 'house-model-1'] },
]

export function request(random: Random): Request {
  const provider = random.pick(providers)
  const maybe = (most: number): number => (random.once(3) ? random.below(most) : 0)
  const output = random.below(2000)
  return {
    provider,
    model: random.pick(provider.models),
    used: {
      // Few different numbers, so that unrelated calls agree by chance now and then.
      input: random.once(3) ? random.pick([0, 1, 100, 1000]) : random.below(20_000),
      cacheRead: maybe(9000),
      cacheWrite: maybe(5000),
      output: random.once(4) ? random.pick([0, 1, 10, 100]) : output,
      reasoning: maybe(output + 1),
    },
    id: random.once(3) ? undefined : `id_${random.below(100_000)}`,
    tier: random.once(5) ? random.pick(['flex', 'priority', 'batch', 'default', 'odd']) : undefined,
  }
}

export type Vocabulary = (request: Request, random: Random) => WrittenCall

const all = ({ input, cacheRead, cacheWrite }: Used): number => input + cacheRead + cacheWrite

function aiSdk(major: number): Vocabulary {
  return ({ provider, model, used, id, tier }, random) => {
    const operation = random.pick(['generateText', 'streamText', 'generateObject', 'streamObject'])
    const operationId = `ai.${operation}.do${operation.startsWith('gen') ? 'Generate' : 'Stream'}`
    const input = major === 4 ? used.input : all(used)
    const details = {
      'ai.usage.inputTokenDetails.noCacheTokens': used.input,
      'ai.usage.inputTokenDetails.cacheReadTokens': used.cacheRead,
      'ai.usage.inputTokenDetails.cacheWriteTokens': used.cacheWrite,
      'ai.usage.outputTokenDetails.reasoningTokens': used.reasoning,
    }
    return {
      scope: 'ai',
      name: operationId,
      start: {
        'ai.operationId': operationId,
        'ai.model.provider': provider.aiSdk,
        'ai.model.id': model,
        'gen_ai.system': provider.aiSdk,
        'gen_ai.request.model': model,
        'ai.request.headers.user-agent': `ai/${major}.0.1 runtime/node.js/22`,
        ...(random.once(3) && { 'ai.telemetry.functionId': 'chat of ada@example.com' }),
        ...(random.once(3) && { 'ai.prompt.messages': '[{"role":"user","content":"Hi"}]' }),
        ...(random.once(6) && { 'ai.prompt.tools': ['{"type":"provider-defined","id":"x"}'] }),
      },
      end: {
        'ai.usage.inputTokens': input,
        'ai.usage.outputTokens': used.output,
        ...(major === 4 && {
          'ai.usage.promptTokens': used.input,
          'ai.usage.completionTokens': used.output,
        }),
        ...(major >= 5 && { 'ai.usage.cachedInputTokens': used.cacheRead }),
        ...(major >= 6 && random.once(2) && details),
        'gen_ai.usage.input_tokens': input,
        'gen_ai.usage.output_tokens': used.output,
        'ai.response.model': model,
        'ai.response.finishReason': random.once(20) ? 'error' : 'stop',
        'ai.response.text': 'Sunny.',
        ...(id !== undefined && { 'ai.response.id': id }),
        ...metadata(provider, used, tier, random),
      },
    }
  }
}

function metadata(
  provider: Provider,
  used: Used,
  tier: string | undefined,
  random: Random,
): Attributes {
  if (random.once(3)) return {}
  const anthropic = {
    usage: {
      input_tokens: used.input,
      output_tokens: used.output,
      cache_read_input_tokens: used.cacheRead,
      cache_creation_input_tokens: used.cacheWrite,
      ...(random.once(2) && {
        cache_creation: { ephemeral_1h_input_tokens: random.below(used.cacheWrite + 1) },
      }),
      ...(random.once(4) && { server_tool_use: { web_search_requests: random.below(4) } }),
    },
  }
  const google = {
    usageMetadata: {
      promptTokenCount: all(used),
      cachedContentTokenCount: used.cacheRead,
      thoughtsTokenCount: used.reasoning,
      candidatesTokenCount: used.output,
    },
  }
  const value: Record<string, unknown> = {
    openai: {
      cachedPromptTokens: used.cacheRead,
      ...(tier !== undefined && { serviceTier: tier }),
    },
    anthropic,
    'gcp.gemini': { google },
    'aws.bedrock': { bedrock: { usage: { cacheWriteInputTokens: used.cacheWrite } } },
    gateway: { gateway: { cost: random.pick(['0.0042', '0', 'NaN', '-1']) }, anthropic },
  }
  const name = provider.genAi
  const own = value[name] ?? {}
  const isNamed = name === 'openai' || name === 'anthropic'
  return { 'ai.response.providerMetadata': JSON.stringify(isNamed ? { [name]: own } : own) }
}

function genAi(scope: string, more: (request: Request) => Attributes = () => ({})): Vocabulary {
  return (asked, random) => {
    const { provider, model, used, id, tier } = asked
    return {
      scope,
      name: `chat ${model}`,
      start: {
        'gen_ai.operation.name': 'chat',
        [random.once(4) ? 'gen_ai.system' : 'gen_ai.provider.name']: provider.genAi,
        'gen_ai.request.model': model,
        ...(random.once(4) && { 'gen_ai.input.messages': '[{"role":"user"}]' }),
      },
      end: {
        'gen_ai.usage.input_tokens': random.once(3) ? used.input : all(used),
        'gen_ai.usage.output_tokens': used.output,
        ...(random.once(2) && { 'gen_ai.response.model': model }),
        ...(random.once(2) && { 'gen_ai.usage.cache_read.input_tokens': used.cacheRead }),
        ...(random.once(3) && { 'gen_ai.usage.cache_creation.input_tokens': used.cacheWrite }),
        ...(random.once(4) && { 'gen_ai.output.messages': '[{"type":"web_search"}]' }),
        ...(tier !== undefined && { 'openai.response.service_tier': tier }),
        ...(id !== undefined && { 'gen_ai.response.id': id }),
        ...more(asked),
      },
    }
  }
}

function openInference(scope: string): Vocabulary {
  return ({ provider, model, used, id }, random) => ({
    scope,
    name: 'ChatCompletions',
    start: {
      'openinference.span.kind': random.once(9) ? 'EMBEDDING' : 'LLM',
      ...(!random.once(4) && { 'llm.provider': provider.genAi }),
      'llm.system': provider.genAi,
      'llm.model_name': model,
      'llm.invocation_parameters': JSON.stringify({
        model,
        tools: random.once(4) ? [] : undefined,
      }),
    },
    end: {
      'llm.token_count.prompt': all(used),
      'llm.token_count.completion': used.output,
      ...(random.once(2) && { 'llm.token_count.prompt_details.cache_read': used.cacheRead }),
      ...(random.once(3) && { 'llm.token_count.prompt_details.cache_write': used.cacheWrite }),
      ...(random.once(2) && { 'llm.response.model_name': model }),
      ...(random.once(2) && {
        'output.mime_type': 'application/json',
        'output.value': JSON.stringify({
          id,
          model,
          usage: { prompt_tokens: all(used), completion_tokens: used.output },
        }),
      }),
    },
  })
}

const durations = (): Attributes => ({ 'gen_ai.client.operation.duration': 1 })

/** Every vocabulary in which calls are written. */
export const vocabularies: Readonly<Record<string, Vocabulary>> = {
  'ai-4': aiSdk(4),
  'ai-5': aiSdk(5),
  'ai-6': aiSdk(6),
  'ai-7-legacy': aiSdk(7),
  'ai-7': genAi('gen_ai', durations),
  'ai-7 with a tracer': genAi('my-app', durations),
  'gen-ai': genAi('opentelemetry.instrumentation.other'),
  'traceloop-openai': genAi('@traceloop/instrumentation-openai'),
  'traceloop-anthropic': genAi('@traceloop/instrumentation-anthropic'),
  'otel-openai': genAi('@opentelemetry/instrumentation-openai'),
  'openinference-openai': openInference('@arizeai/openinference-instrumentation-openai'),
  'openinference-anthropic': openInference('@arizeai/openinference-instrumentation-anthropic'),
  anthropic: genAi('com.anthropic.sdk.typescript', ({ used }) => ({
    'gen_ai.usage.cache_write.input_tokens': used.cacheWrite,
    'anthropic.usage.cache_creation.ephemeral_1h_input_tokens': 0,
  })),
  sentry: (asked, random) => {
    const written = genAi('@sentry/node')(asked, random)
    return { ...written, start: { ...written.start, 'sentry.origin': 'auto.vercelai.channel' } }
  },
  recorded: genAi('costspan', () => ({ 'cost.recorded': true, 'cost.usage.searches': 1 })),
}

/** What is above calls, tools and what is no AI span, by scope. */
export const groups: readonly WrittenCall[] = [
  { scope: 'ai', name: 'ai.streamText', start: { 'ai.operationId': 'ai.streamText' }, end: {} },
  { scope: 'ai', name: 'ai.generateText', start: { 'ai.operationId': 'ai.generateText' }, end: {} },
  { scope: 'ai', name: 'ai.toolCall', start: { 'ai.operationId': 'ai.toolCall' }, end: {} },
  {
    scope: 'gen_ai',
    name: 'invoke_agent x',
    start: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'support' },
    end: { 'gen_ai.usage.input_tokens': 1000, 'gen_ai.usage.output_tokens': 100 },
  },
  {
    scope: 'gen_ai',
    name: 'step 1',
    start: { 'gen_ai.operation.name': 'agent_step' },
    end: {},
  },
  {
    scope: 'gen_ai',
    name: 'execute_tool weather',
    start: { 'gen_ai.operation.name': 'execute_tool' },
    end: {},
  },
  {
    scope: '@sentry/node',
    name: 'invoke_agent',
    start: {
      'gen_ai.operation.name': 'invoke_agent',
      'sentry.origin': 'auto.vercelai.channel',
    },
    end: { 'gen_ai.usage.input_tokens': 1000 },
  },
  {
    scope: '@arizeai/openinference-vercel',
    name: 'agent',
    start: { 'openinference.span.kind': 'AGENT' },
    end: {},
  },
  {
    scope: '@opentelemetry/instrumentation-http',
    name: 'POST /api/chat',
    start: { 'http.request.method': 'POST', 'url.path': '/api/chat' },
    end: { 'http.response.status_code': 200, 'http.route': '/api/chat' },
  },
  { scope: 'next.js', name: 'GET /', start: { 'next.span_type': 'x' }, end: {} },
  { scope: 'my-app', name: 'work', start: { 'app.step': 1 }, end: { 'app.tokens': 7 } },
  {
    scope: 'langchain',
    name: 'unknown usage',
    start: {},
    end: { 'llm.usage.total_tokens': 100, 'gen_ai.usage.input_tokens': 90 },
  },
]
