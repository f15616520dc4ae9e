import { createCharger } from 'costspan'
import { describe, expect, test } from 'vitest'
import { wasRefused } from '../../src/conventions/outcome.ts'
import type { Vocabulary } from '../../src/conventions/model-call.ts'
import { providerFamily } from '../../src/conventions/provider-family.ts'
import { readCall, spanRole } from '../../src/conventions/read-call.ts'
import { plainSpan, type Attributes } from '../support/plain-span.ts'

const aiSdk = (id: unknown): Attributes => ({ 'ai.operationId': id })
const genAi = (name: unknown): Attributes => ({ 'gen_ai.operation.name': name })

describe('which span is a call', () => {
  test.each([
    ['ai.generateText.doGenerate', 'chat', 'chat'],
    ['ai.streamText.doStream', 'chat', 'chat'],
    ['ai.generateObject.doGenerate', 'chat', 'chat'],
    ['ai.streamObject.doStream', 'chat', 'chat'],
    ['ai.embed.doEmbed', 'embeddings', 'embeddings'],
    ['ai.embedMany.doEmbed', 'embeddings', 'embeddings'],
    ['ai.rerank.doRerank', 'rerank', 'rerank'],
    ['ai.generateSpeech', 'speech', 'speech'],
    ['ai.transcribe', 'transcription', 'transcription'],
    ['ai.laterOperation.doStream', 'chat', 'chat'],
    ['ai.generateText', 'group', undefined],
    ['ai.streamText', 'group', undefined],
    ['ai.generateObject', 'group', undefined],
    ['ai.embed', 'group', undefined],
    ['ai.embedMany', 'group', undefined],
    ['ai.rerank', 'group', undefined],
    ['ai.toolCall', 'tool', undefined],
    ['ai.doGenerateSomething', 'group', undefined],
    ['constructor', 'group', undefined],
    ['__proto__', 'group', undefined],
  ])('ai.operationId %s is a %s', (id, role, operation) => {
    expect(spanRole(aiSdk(id))).toBe(role)
    expect(readCall(plainSpan(aiSdk(id)))?.operation).toBe(operation)
  })

  test.each([
    ['chat', 'chat', 'chat'],
    ['text_completion', 'chat', 'chat'],
    ['generate_content', 'chat', 'chat'],
    ['embeddings', 'embeddings', 'embeddings'],
    ['rerank', 'rerank', 'rerank'],
    ['ai.generateSpeech', 'speech', 'speech'],
    ['ai.transcribe', 'transcription', 'transcription'],
    ['invoke_agent', 'group', undefined],
    ['agent_step', 'group', undefined],
    ['execute_tool', 'tool', undefined],
    ['create_agent', 'group', undefined],
    ['toString', 'group', undefined],
  ])('gen_ai.operation.name %s is a %s', (name, role, operation) => {
    expect(spanRole(genAi(name))).toBe(role)
    expect(readCall(plainSpan(genAi(name)))?.operation).toBe(operation)
  })

  test.each([
    ['no attributes', {}],
    ['an HTTP span', { 'http.request.method': 'POST', 'url.full': 'https://api.openai.com' }],
    ['an empty operation id', aiSdk('')],
    ['an operation id that is no string', aiSdk(7)],
    ['an operation name that is no string', genAi(['chat'])],
    ['a model without an operation', { 'gen_ai.request.model': 'gpt-4o', 'ai.model.id': 'gpt-4o' }],
  ])('%s is no AI span', (_, attributes) => {
    expect(spanRole(attributes)).toBeUndefined()
    expect(createCharger()(plainSpan(attributes))).toBeUndefined()
  })

  test('the name that @vercel/otel writes over operation.name changes nothing', () => {
    const attributes: Attributes = { ...aiSdk('ai.generateText'), 'operation.name': 'chat' }
    expect(spanRole(attributes)).toBe('group')
  })

  test('ai.operationId decides what a span is where it has attributes of both conventions', () => {
    const attributes = { ...aiSdk('ai.generateText'), ...genAi('chat') }
    expect(spanRole(attributes)).toBe('group')
  })
})

describe('which model', () => {
  test.each([
    ['the response before the request', { 'ai.response.model': 'b' }, 'step', 'b'],
    ['the response in either vocabulary', { 'gen_ai.response.model': 'c' }, 'step', 'c'],
    ['no response', {}, 'step', undefined],
    ['a response that is no string', { 'ai.response.model': 9 }, 'step', undefined],
  ])('%s', (_, more, requestModel, responseModel) => {
    const attributes = {
      ...aiSdk('ai.generateText.doGenerate'),
      'ai.model.id': 'of the whole generation',
      'gen_ai.request.model': 'step',
      ...more,
    }
    expect(readCall(plainSpan(attributes))).toMatchObject({ requestModel, responseModel })
  })

  test('embeddings of the AI SDK 4 to 6 name their model in ai.model.id only', () => {
    const attributes = { ...aiSdk('ai.embed.doEmbed'), 'ai.model.id': 'text-embedding-3-small' }
    expect(readCall(plainSpan(attributes))?.requestModel).toBe('text-embedding-3-small')
  })

  test('older conventions name the provider gen_ai.system', () => {
    const attributes = { ...genAi('chat'), 'gen_ai.system': 'anthropic' }
    expect(readCall(plainSpan(attributes))).toMatchObject({ family: 'anthropic' })
  })
})

describe('whose price list', () => {
  test.each([
    ['openai.chat', 'openai'],
    ['openai.responses', 'openai'],
    ['openai.embedding', 'openai'],
    ['openai', 'openai'],
    ['anthropic.messages', 'anthropic'],
    ['anthropic', 'anthropic'],
    ['google.generative-ai', 'google'],
    ['gcp.gemini', 'google'],
    ['google.vertex.chat', 'google-vertex'],
    ['gcp.vertex_ai', 'google-vertex'],
    ['vertex.anthropic.messages', 'google-vertex'],
    ['googleVertex.anthropic.messages', 'google-vertex'],
    ['amazon-bedrock', 'aws'],
    ['aws.bedrock', 'aws'],
    ['azure-openai.chat', 'azure'],
    ['azure.chat', 'azure'],
    ['azure.responses', 'azure'],
    ['azure.ai.inference', 'azure'],
    ['azure.ai.openai', 'azure'],
    ['gateway', 'gateway'],
    ['cohere.reranking', 'cohere'],
    ['cohere', 'cohere'],
    ['mistral.chat', 'mistral'],
    ['xai.chat', 'xai'],
    ['groq.chat', 'groq'],
    ['my-company.chat', 'my-company'],
    ['unknown', 'unknown'],
    ['__proto__.chat', '__proto__'],
    ['constructor', 'constructor'],
    ['.chat', ''],
  ])('%s is %s', (provider, family) => expect(providerFamily(provider)).toBe(family))
})

describe('whether the provider refused the call', () => {
  const exception = (type: string, message: string) => ({
    events: [
      {
        name: 'exception',
        attributes: { 'exception.type': type, 'exception.message': message },
      },
    ],
  })
  const error = { status: { code: 2 } }

  test.each([
    ['an HTTP status of AI SDK 7', { 'http.response.status_code': 429 }, error, true],
    ['an HTTP status as error.type', { 'error.type': '503' }, error, true],
    ['an API error', {}, { ...error, ...exception('AI_APICallError', 'Rate limit') }, true],
    [
      'the last of several tries',
      {},
      { ...error, ...exception('AI_RetryError', 'Overloaded') },
      true,
    ],
    [
      'no connection',
      {},
      { ...error, ...exception('AI_APICallError', 'Cannot connect to API: x') },
      false,
    ],
    [
      'an answer that could not be parsed',
      {},
      { ...error, ...exception('AI_APICallError', 'Invalid JSON response') },
      false,
    ],
    [
      'an answer cut off',
      {},
      { ...error, ...exception('AI_APICallError', 'Failed to process successful response') },
      false,
    ],
    ['an error of the application', {}, { ...error, ...exception('Error', 'no') }, false],
    ['an error without an event', {}, error, false],
    ['an event without attributes', {}, { ...error, events: [{ name: 'exception' }] }, false],
    ['a success', { 'http.response.status_code': 429 }, {}, false],
    ['an error after HTTP 200', { 'http.response.status_code': 200 }, error, false],
    ['an HTTP status that is no number', { 'http.response.status_code': NaN }, error, false],
    [
      'a message that is no string',
      {},
      {
        ...error,
        events: [
          {
            name: 'e',
            attributes: { 'exception.type': 'AI_APICallError', 'exception.message': 7 },
          },
        ],
      },
      false,
    ],
  ])('%s', (_, attributes, more, refused) => {
    expect(wasRefused(plainSpan(attributes, more), { vocabulary: 'ai-sdk-7' })).toBe(refused)
  })

  test.each<[Vocabulary, string, boolean]>([
    ['openinference', '429 Rate limited', true],
    ['anthropic', '529 {"type":"error"}', true],
    ['openinference', 'Connection error.', false],
    ['gen-ai', '429 tokens streamed before the socket closed', false],
  ])('the message of an error of %s: %s', (vocabulary, message, refused) => {
    const span = plainSpan({}, { status: { code: 2, message } })
    expect(wasRefused(span, { vocabulary })).toBe(refused)
  })
})
