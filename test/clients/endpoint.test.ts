import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { endpointOf, type AnswerFormat, type Endpoint } from '../../src/clients/endpoint.ts'

type Row = [address: string, format: AnswerFormat, more?: Partial<Endpoint>]

function expectEndpoint(provider: string, [address, format, more]: Row, option?: string): void {
  expect(endpointOf(new URL(address), option)).toEqual({
    provider,
    operation: expect.any(String),
    format,
    model: undefined,
    streams: undefined,
    region: undefined,
    ...more,
  })
}

const hosts: [provider: string, rows: Row[]][] = [
  [
    'openai',
    [
      ['https://api.openai.com/v1/chat/completions', 'openai-chat', { operation: 'chat' }],
      ['https://api.openai.com/v1/completions', 'openai-completions', { operation: 'chat' }],
      ['https://api.openai.com/v1/responses', 'openai-responses', { operation: 'chat' }],
      ['https://api.openai.com/v1/embeddings', 'openai-embeddings', { operation: 'embeddings' }],
      ['https://api.openai.com/v1/images/generations', 'openai-images'],
      ['https://api.openai.com/v1/images/edits', 'openai-images'],
      ['https://api.openai.com/v1/audio/speech', 'openai-speech', { operation: 'speech' }],
      [
        'https://api.openai.com/v1/audio/transcriptions',
        'openai-transcription',
        { operation: 'transcription' },
      ],
      ['https://api.openai.com/v1/audio/translations', 'openai-transcription'],
      ['https://api.openai.com:443/v1/responses/?stream=true#x', 'openai-responses'],
      ['https://API.OpenAI.com./v1/responses', 'openai-responses'],
      ['https://eu.api.openai.com/v1/responses', 'openai-responses', { region: 'eu' }],
      ['https://us.api.openai.com/v1/chat/completions', 'openai-chat', { region: 'us' }],
    ],
  ],
  [
    'anthropic',
    [
      ['https://api.anthropic.com/v1/messages', 'anthropic-messages', { operation: 'chat' }],
      ['https://api.anthropic.com/v1/messages?beta=true', 'anthropic-messages'],
      ['https://api.anthropic.com/v1/chat/completions', 'openai-chat'],
    ],
  ],
  [
    'gcp.gemini',
    [
      [
        'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent',
        'google-generate',
        { operation: 'chat', model: 'gemini-2.5-flash', streams: false },
      ],
      [
        'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
        'google-generate',
        { model: 'gemini-2.5-flash', streams: true },
      ],
      [
        'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash%3AgenerateContent',
        'google-generate',
        { model: 'gemini-2.5-flash', streams: false },
      ],
      [
        'https://generativelanguage.googleapis.com/v1beta/tunedModels/mine:generateContent',
        'google-generate',
        { model: 'mine', streams: false },
      ],
      [
        'https://generativelanguage.googleapis.com/v1beta/models/gemini-embedding-001:embedContent',
        'google-embed',
        { operation: 'embeddings', model: 'gemini-embedding-001', streams: false },
      ],
      [
        'https://generativelanguage.googleapis.com/v1beta/models/gemini-embedding-001:batchEmbedContents',
        'google-embed',
        { model: 'gemini-embedding-001', streams: false },
      ],
      ['https://generativelanguage.googleapis.com/v1beta/openai/chat/completions', 'openai-chat'],
    ],
  ],
  [
    'gcp.vertex_ai',
    [
      [
        'https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse',
        'google-generate',
        { model: 'gemini-2.5-pro', streams: true, region: 'us-east5' },
      ],
      [
        'https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/models/gemini-2.5-pro:generateContent',
        'google-generate',
        { model: 'gemini-2.5-pro', streams: false },
      ],
      [
        'https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict',
        'anthropic-messages',
        { model: 'claude-sonnet-4-5@20250929', streams: false },
      ],
      [
        'https://aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu/publishers/anthropic/models/claude-sonnet-4-5:streamRawPredict',
        'anthropic-messages',
        { model: 'claude-sonnet-4-5', streams: true, region: 'eu' },
      ],
      [
        'https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/publishers/mistralai/models/mistral-medium-3:rawPredict',
        'openai-chat',
        { model: 'mistral-medium-3', streams: false, region: 'europe-west4' },
      ],
      [
        'https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/endpoints/openapi/chat/completions',
        'openai-chat',
        { region: 'us-central1' },
      ],
    ],
  ],
  [
    'azure.ai.openai',
    [
      [
        'https://mine.openai.azure.com/openai/deployments/team-chat/chat/completions?api-version=2025-04-01-preview',
        'openai-chat',
        { model: 'team-chat' },
      ],
      [
        'https://mine.openai.azure.com/openai/deployments/team%20chat/embeddings?api-version=1',
        'openai-embeddings',
        { model: 'team chat' },
      ],
      ['https://mine.openai.azure.com/openai/v1/responses', 'openai-responses'],
      [
        'https://mine.cognitiveservices.azure.com/openai/responses?api-version=1',
        'openai-responses',
      ],
      [
        'https://mine.services.ai.azure.com/openai/deployments/d/audio/transcriptions',
        'openai-transcription',
        { model: 'd' },
      ],
    ],
  ],
  [
    'azure.ai.inference',
    [
      ['https://mine.services.ai.azure.com/models/chat/completions?api-version=1', 'openai-chat'],
      ['https://mine.services.ai.azure.com/anthropic/v1/messages', 'anthropic-messages'],
    ],
  ],
  [
    'aws.bedrock',
    [['https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1/chat/completions', 'openai-chat']],
  ],
  [
    'openrouter',
    [
      ['https://openrouter.ai/api/v1/chat/completions', 'openai-chat'],
      ['https://openrouter.ai/api/v1/responses', 'openai-responses'],
      ['https://openrouter.ai/api/v1/messages', 'anthropic-messages'],
    ],
  ],
  [
    'gateway',
    [
      ['https://ai-gateway.vercel.sh/v1/chat/completions', 'openai-chat'],
      ['https://ai-gateway.vercel.sh/v1/messages', 'anthropic-messages'],
      ['https://ai-gateway.vercel.sh/v1/embeddings', 'openai-embeddings'],
    ],
  ],
  ['groq', [['https://api.groq.com/openai/v1/chat/completions', 'openai-chat']]],
  [
    'deepseek',
    [
      ['https://api.deepseek.com/chat/completions', 'openai-chat'],
      ['https://api.deepseek.com/beta/completions', 'openai-completions'],
      ['https://api.deepseek.com/anthropic/v1/messages', 'anthropic-messages'],
    ],
  ],
  [
    'x_ai',
    [
      ['https://api.x.ai/v1/chat/completions', 'openai-chat'],
      ['https://api.x.ai/v1/images/generations', 'openai-images'],
    ],
  ],
  [
    'mistral_ai',
    [
      ['https://api.mistral.ai/v1/chat/completions', 'openai-chat'],
      ['https://api.mistral.ai/v1/agents/completions', 'openai-chat'],
      ['https://codestral.mistral.ai/v1/fim/completions', 'openai-chat'],
      ['https://api.mistral.ai/v1/embeddings', 'openai-embeddings'],
    ],
  ],
  [
    'cohere',
    [
      ['https://api.cohere.com/v2/chat', 'cohere-chat', { operation: 'chat' }],
      ['https://api.cohere.ai/v1/chat', 'cohere-chat'],
      ['https://api.cohere.com/v2/embed', 'cohere-embed', { operation: 'embeddings' }],
      ['https://api.cohere.com/v2/rerank', 'cohere-rerank', { operation: 'rerank' }],
      ['https://api.cohere.ai/compatibility/v1/chat/completions', 'openai-chat'],
    ],
  ],
  [
    'togetherai',
    [
      ['https://api.together.xyz/v1/chat/completions', 'openai-chat'],
      ['https://api.together.ai/v1/completions', 'openai-completions'],
    ],
  ],
  ['fireworks', [['https://api.fireworks.ai/inference/v1/chat/completions', 'openai-chat']]],
  ['perplexity', [['https://api.perplexity.ai/chat/completions', 'openai-chat']]],
  ['cerebras', [['https://api.cerebras.ai/v1/chat/completions', 'openai-chat']]],
  ['moonshotai', [['https://api.moonshot.ai/v1/chat/completions', 'openai-chat']]],
]

describe.each(hosts)('%s', (provider, rows) => {
  test.each(rows)('%s', (...row) => expectEndpoint(provider, row))
})

describe('a provider that the user names', () => {
  test.each<[provider: string, row: Row]>([
    ['openai', ['http://127.0.0.1:4010/openai/v1/chat/completions', 'openai-chat']],
    [
      'azure',
      ['http://localhost/proxy/deployments/d/embeddings', 'openai-embeddings', { model: 'd' }],
    ],
    ['anthropic', ['https://llm.example.com/chat/completions', 'openai-chat']],
    ['anthropic', ['https://llm.example.com/messages', 'anthropic-messages']],
    [
      'google',
      [
        'http://127.0.0.1/google/v1beta/models/gemini-2.5-flash:streamGenerateContent',
        'google-generate',
        { model: 'gemini-2.5-flash', streams: true },
      ],
    ],
    ['cohere', ['http://127.0.0.1/cohere/v2/rerank', 'cohere-rerank']],
    ['house', ['https://api.openai.com/v1/responses', 'openai-responses']],
    ['azure.ai.openai', ['https://proxy.example/models/chat/completions', 'openai-chat']],
  ])('%s', (provider, row) => expectEndpoint(provider, row, provider))
})

describe('what is not read', () => {
  test.each([
    'https://api.openai.com.attacker.example/v1/chat/completions',
    'https://evilapi.openai.com/v1/chat/completions',
    'https://api-openai.com/v1/chat/completions',
    'https://apiXopenai.com/v1/chat/completions',
    'https://api.openai.com@attacker.example/v1/chat/completions',
    'https://attacker.example/https://api.openai.com/v1/chat/completions',
    'https://attacker.example/v1/chat/completions?host=api.openai.com#api.openai.com',
    'https://a.b.api.openai.com/v1/chat/completions',
    'https://.api.openai.com/v1/chat/completions',
    'https://api.openai.com../v1/chat/completions',
    'https://openai.azure.com/openai/deployments/d/chat/completions',
    'https://mine.openai.azure.com.attacker.example/openai/deployments/d/chat/completions',
    'https://mineopenai.azure.com/openai/deployments/d/chat/completions',
    'https://-aiplatform.googleapis.com/v1/models/m:generateContent',
    'https://evil.x-aiplatform.googleapis.com/v1/models/m:generateContent',
    'https://us-aiplatform.googleapis.com.attacker.example/v1/models/m:generateContent',
    'https://generativelanguage.googleapis.com.attacker.example/v1/models/m:generateContent',
    'https://bedrock-runtime.attacker.example/openai/v1/chat/completions',
    'https://www.openrouter.ai.attacker.example/api/v1/chat/completions',
  ])('another host: %s', (address) => {
    expect(endpointOf(new URL(address), undefined)).toBeUndefined()
  })

  test.each([
    'https://api.openai.com/',
    'https://api.openai.com/v1/models',
    'https://api.openai.com/v1/files',
    'https://api.openai.com/v1/batches',
    'https://api.openai.com/v1/responses/resp_1',
    'https://api.openai.com/v1/responses/resp_1/cancel',
    'https://api.openai.com/v1/chat/completions/chatcmpl-1',
    'https://api.openai.com/v1/threads/thread_1/messages',
    'https://api.openai.com/v1/moderations',
    'https://api.openai.com/v1/images/variations/x',
    'https://api.openai.com/v1/realtime',
    'https://api.openai.com/v1/xresponses',
    'https://api.openai.com/chat',
    'wss://api.openai.com/v1/responses',
    'https://api.anthropic.com/v1/messages/count_tokens',
    'https://api.anthropic.com/v1/messages/batches',
    'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:countTokens',
    'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:batchGenerateContent',
    'https://generativelanguage.googleapis.com/v1beta/files/x:generateContent',
    'https://generativelanguage.googleapis.com/v1beta/models',
    'https://aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/anthropic/models/count-tokens:rawPredict',
    'https://aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/meta/models/llama:rawPredict',
    'https://openrouter.ai/v1/chat/completions',
    'https://openrouter.ai/docs/responses',
    'https://ai-gateway.vercel.sh/v3/ai/language-model',
    'https://ai-gateway.vercel.sh/v3/ai/embeddings',
    'https://bedrock-runtime.us-west-2.amazonaws.com/model/m/converse',
    'https://bedrock-runtime.us-west-2.amazonaws.com/model/openai/responses',
    'https://api.cohere.com/v2/tokenize',
    `https://api.openai.com/${'x/'.repeat(2000)}v1/chat/completions`,
  ])('another path: %s', (address) => {
    expect(endpointOf(new URL(address), undefined)).toBeUndefined()
    expect(endpointOf(new URL('https://proxy.example/api/chat'), 'ollama')).toBeUndefined()
  })

  test('no address makes it throw, and no host that ends otherwise is a provider', () => {
    const segment = fc.constantFrom(
      'v1',
      'chat',
      'completions',
      'models',
      '%',
      '%zz',
      ':',
      '..',
      '',
    )
    fc.assert(
      fc.property(fc.webUrl(), fc.array(segment), fc.boolean(), (address, segments, isNamed) => {
        const url = new URL(address)
        url.pathname += `/${segments.join('/')}`
        const endpoint = endpointOf(url, isNamed ? 'house' : undefined)
        if (!isNamed) expect(endpoint).toBeUndefined()
      }),
    )
  })

  test('a model whose escape is malformed is kept as it is', () => {
    const url = new URL('https://proxy.example/deployments/%zz/chat/completions')
    expect(endpointOf(url, 'azure')).toMatchObject({ model: '%zz' })
  })
})
