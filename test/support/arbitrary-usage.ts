import fc from 'fast-check'
import type { SpanLike } from 'costspan'
import { aiSdkCall, genAiCall, metadata, plainSpan, type Attributes } from './plain-span.ts'

/** What really happened, in disjoint parts; `reasoning` is the thought part of `output`. */
export interface Truth {
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite5m: number
  readonly cacheWrite1h: number
  readonly output: number
  readonly reasoning: number
}

export type Provider = 'openai' | 'anthropic' | 'bedrock' | 'google'
/** `other` is an instrumentation of another vendor. */
type Version = 4 | 5 | 6.118 | 6.326 | 7 | '7 gen_ai' | 'other'
type Function = 'generateText' | 'streamText' | 'generateObject' | 'streamObject'

/** How the call was made; with the truth it makes the span. */
export interface Rendering {
  readonly provider: Provider
  readonly version: Version
  readonly function: Function
  /** `recordOutputs: false`, and the default of AI SDK 7's `OpenTelemetry`. */
  readonly hidesMetadata: boolean
  /** The `usage` option of AI SDK 7's `OpenTelemetry`. */
  readonly detailsUsage: boolean
  /** An instrumentation that writes the input of Anthropic and Bedrock as they do. */
  readonly copiesInput: boolean
}

const ids: Record<Provider, [aiSdk: string, genAi: string]> = {
  openai: ['openai.responses', 'openai'],
  anthropic: ['anthropic.messages', 'anthropic'],
  bedrock: ['amazon-bedrock', 'aws.bedrock'],
  google: ['google.generative-ai', 'gcp.gemini'],
}

export const MODEL = 'm'

export const arbitraryRendering: fc.Arbitrary<Rendering> = fc.record({
  provider: fc.constantFrom<Provider>('openai', 'anthropic', 'bedrock', 'google'),
  version: fc.constantFrom<Version>(4, 5, 6.118, 6.326, 7, '7 gen_ai', 'other'),
  function: fc.constantFrom<Function>(
    'generateText',
    'streamText',
    'generateObject',
    'streamObject',
  ),
  hidesMetadata: fc.boolean(),
  detailsUsage: fc.boolean(),
  copiesInput: fc.boolean(),
})

const few = fc.oneof(fc.constant(0), fc.nat(3), fc.nat(5000))

export const arbitraryTruth: fc.Arbitrary<Truth> = fc
  .record({
    input: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 5000 })),
    cacheRead: few,
    cacheWrite5m: few,
    cacheWrite1h: few,
    visible: fc.integer({ min: 1, max: 900 }),
    reasoning: few,
  })
  .map(({ visible, ...rest }) => ({ ...rest, output: visible + rest.reasoning }))

/** The truth as far as a provider knows it: not all have a cache that is written to. */
export function knownTo(provider: Provider, truth: Truth): Truth {
  if (provider === 'google') return { ...truth, cacheWrite5m: 0, cacheWrite1h: 0 }
  if (provider === 'openai') return { ...truth, cacheWrite1h: 0 }
  return provider === 'bedrock' ? { ...truth, reasoning: 0 } : truth
}

/** A leaf span. */
export function renderSpan(truth: Truth, how: Rendering): SpanLike {
  const scopes = { '7 gen_ai': 'gen_ai', other: 'opentelemetry.instrumentation.other' }
  const name = typeof how.version === 'number' ? 'ai' : scopes[how.version]
  return plainSpan(render(truth, how), { instrumentationScope: { name } })
}

/** The attributes of a leaf span, as reference section 1 and 4 measured them. */
function render(truth: Truth, how: Rendering): Attributes {
  const [aiSdk, genAi] = ids[how.provider]
  const shown = isMetadataShown(how) ? metadata(providerMetadata(truth, how)) : {}
  if (how.version === '7 gen_ai') {
    return genAiCall(genAi, MODEL, { ...genAiUsage(truth, how), ...shown })
  }
  if (how.version === 'other') return genAiCall(genAi, MODEL, otherUsage(truth, how))
  const isText = how.function.endsWith('Text')
  const suffix = how.function.startsWith('generate') ? 'doGenerate' : 'doStream'
  const major = Math.floor(how.version)
  const agent = { 'ai.request.headers.user-agent': `ai/${major}.0.326 runtime/node.js/22` }
  return {
    ...aiSdkCall(aiSdk, MODEL, { 'ai.operationId': `ai.${how.function}.${suffix}` }),
    ...(suffix === 'doGenerate' && major > 4 ? agent : {}),
    ...aiSdkUsage(truth, how, isText),
    ...shown,
  }
}

function isMetadataShown({ version, hidesMetadata }: Rendering): boolean {
  return version === 4 || version === 5 || version === 6.118 || !hidesMetadata
}

function includesCache({ provider, version }: Rendering): boolean {
  return provider === 'openai' || provider === 'google' || (version !== 4 && version !== 5)
}

function cached({ cacheRead, cacheWrite5m, cacheWrite1h }: Truth): number {
  return cacheRead + cacheWrite5m + cacheWrite1h
}

/** Input, output and total under whatever name. */
function totals(truth: Truth, how: Rendering): { input: number; output: number; total: number } {
  const losesThoughts = how.provider === 'google' && (how.version === 4 || how.version === 5)
  const input = truth.input + (includesCache(how) ? cached(truth) : 0)
  const output = losesThoughts ? truth.output - truth.reasoning : truth.output
  return { input, output, total: input + truth.output }
}

function aiSdkUsage(truth: Truth, how: Rendering, isText: boolean): Attributes {
  const { input, output, total } = totals(truth, how)
  const both = { 'gen_ai.usage.input_tokens': input, 'gen_ai.usage.output_tokens': output }
  const generates = how.function.startsWith('generate')
  const isOld = how.version === 4 || how.version === 5 || how.version === 6.118
  const hasTotalsOnly =
    how.version === 4 || (generates && (isOld || (how.version === 6.326 && !isText)))
  if (hasTotalsOnly) {
    return { ...both, 'ai.usage.promptTokens': input, 'ai.usage.completionTokens': output }
  }
  const flat = {
    ...both,
    'ai.usage.inputTokens': input,
    'ai.usage.outputTokens': output,
    'ai.usage.totalTokens': total,
    'ai.usage.reasoningTokens': truth.reasoning,
    'ai.usage.cachedInputTokens': truth.cacheRead,
  }
  if (isOld || !isText) return flat
  return {
    ...flat,
    'ai.usage.inputTokenDetails.noCacheTokens': truth.input,
    'ai.usage.inputTokenDetails.cacheReadTokens': truth.cacheRead,
    'ai.usage.inputTokenDetails.cacheWriteTokens': truth.cacheWrite5m + truth.cacheWrite1h,
    'ai.usage.outputTokenDetails.textTokens': truth.output - truth.reasoning,
    'ai.usage.outputTokenDetails.reasoningTokens': truth.reasoning,
  }
}

function genAiUsage(truth: Truth, how: Rendering): Attributes {
  const { input, output } = totals(truth, how)
  const written = truth.cacheWrite5m + truth.cacheWrite1h
  return {
    'gen_ai.usage.input_tokens': input,
    'gen_ai.usage.output_tokens': output,
    'gen_ai.usage.cache_read.input_tokens': truth.cacheRead,
    ...(how.function.endsWith('Text')
      ? { 'gen_ai.usage.cache_creation.input_tokens': written }
      : {}),
    ...(how.detailsUsage
      ? {
          'ai.usage.inputTokenDetails.noCacheTokens': truth.input,
          'ai.usage.outputTokenDetails.reasoningTokens': truth.reasoning,
        }
      : {}),
  }
}

/** Other vendors report no thoughts of Gemini; some report no cache, or no writes to it. */
function otherUsage(truth: Truth, how: Rendering): Attributes {
  const { provider, copiesInput, detailsUsage } = how
  const countsApart = copiesInput && (provider === 'anthropic' || provider === 'bedrock')
  const knowsWrites = detailsUsage && how.function.endsWith('Text')
  return {
    'gen_ai.usage.input_tokens': truth.input + (countsApart ? 0 : cached(truth)),
    'gen_ai.usage.output_tokens':
      provider === 'google' ? truth.output - truth.reasoning : truth.output,
    ...(detailsUsage ? { 'gen_ai.usage.cache_read.input_tokens': truth.cacheRead } : {}),
    ...(knowsWrites
      ? { 'gen_ai.usage.cache_creation.input_tokens': truth.cacheWrite5m + truth.cacheWrite1h }
      : {}),
  }
}

function providerMetadata(truth: Truth, { provider, version }: Rendering): unknown {
  const { cacheRead, cacheWrite5m, cacheWrite1h, reasoning } = truth
  const written = cacheWrite5m + cacheWrite1h
  const isFour = version === 4
  const isFive = version === 5
  if (provider === 'openai') {
    const four = { cachedPromptTokens: cacheRead, reasoningTokens: reasoning }
    const five = { responseId: 'r', usage: { cacheWriteTokens: written } }
    return { openai: isFour ? four : isFive ? five : { responseId: 'r' } }
  }
  if (provider === 'google') {
    if (isFour) return { google: { groundingMetadata: null, safetyRatings: null } }
    return {
      google: {
        usageMetadata: {
          promptTokenCount: truth.input + cacheRead,
          cachedContentTokenCount: cacheRead,
          candidatesTokenCount: truth.output - reasoning,
          thoughtsTokenCount: reasoning,
        },
      },
    }
  }
  if (provider === 'bedrock') {
    if (isFour) {
      const usage = { cacheReadInputTokens: cacheRead, cacheWriteInputTokens: written }
      return { bedrock: { usage } }
    }
    const details = [
      { ttl: '5m', inputTokens: cacheWrite5m },
      { ttl: '1h', inputTokens: cacheWrite1h },
    ]
    const usage = { cacheWriteInputTokens: written }
    return { bedrock: { usage: isFive ? usage : { ...usage, cacheDetails: details } } }
  }
  if (isFour) {
    // AI SDK 4 writes null where nothing was cached.
    return {
      anthropic: {
        cacheReadInputTokens: cacheRead || null,
        cacheCreationInputTokens: written || null,
      },
    }
  }
  return {
    anthropic: {
      usage: {
        input_tokens: truth.input,
        cache_read_input_tokens: cacheRead,
        cache_creation_input_tokens: written,
        cache_creation: {
          ephemeral_5m_input_tokens: cacheWrite5m,
          ephemeral_1h_input_tokens: cacheWrite1h,
        },
        output_tokens: truth.output,
      },
    },
  }
}
