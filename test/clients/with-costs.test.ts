import Anthropic from '@anthropic-ai/sdk'
import type { Charge } from 'costspan'
import { withCosts } from 'costspan/clients'
import OpenAI, { AzureOpenAI } from 'openai'
import { describe, expect, test } from 'vitest'
import { anthropicCases } from './anthropic-cases.ts'
import { answers, describeClient, type ClientCase } from './client-suite.ts'
import { openAiCases } from './openai-cases.ts'

const openAi = (url: string, maxRetries = 0) =>
  new OpenAI({ apiKey: 'loopback', baseURL: `${url}/openai/v1`, maxRetries })
const azure = (url: string, maxRetries = 0) =>
  new AzureOpenAI({
    apiKey: 'loopback',
    apiVersion: '2024-10-21',
    baseURL: `${url}/azure/openai`,
    maxRetries,
  })
const anthropic = (url: string, maxRetries = 0) =>
  new Anthropic({
    apiKey: 'loopback',
    baseURL: `${url}/anthropic`,
    maxRetries,
    openTelemetry: false,
  })
const atOpenAi = { provider: 'openai' }

describeClient(
  'openai 6 withCosts',
  openAiCases((url, retries) => withCosts(openAi(url, retries), atOpenAi)),
  { row: '`openai` 6, `withCosts`' },
)

describeClient(
  'AzureOpenAI of openai 6 withCosts',
  openAiCases((url, retries) => withCosts(azure(url, retries), { provider: 'azure' })),
  { row: '`AzureOpenAI` 6, `withCosts`' },
)

describeClient(
  '@anthropic-ai/sdk withCosts',
  anthropicCases((url, retries) => withCosts(anthropic(url, retries), { provider: 'anthropic' })),
  { row: '`@anthropic-ai/sdk` 1, `withCosts`' },
)

const chat = {
  model: 'gpt-4o',
  messages: [{ role: 'user' as const, content: 'Why is the sky blue?' }],
}

const copies = (): ClientCase[] => [
  {
    name: 'that is wrapped twice is charged once',
    replies: [answers],
    run: (url) =>
      withCosts(withCosts(openAi(url), atOpenAi))
        .chat.completions.create({ ...chat, stream: true })
        .then((stream) => stream.toReadableStream().pipeTo(new WritableStream())),
  },
  {
    name: 'keeps its fetch when it is copied with other options',
    replies: [answers],
    run: (url) =>
      withCosts(openAi(url), atOpenAi).withOptions({ timeout: 5000 }).chat.completions.create(chat),
  },
  {
    name: 'leaves the client as it was',
    replies: [answers],
    charged: 0,
    isBounded: true,
    run: (url) => {
      const client = openAi(url)
      withCosts(client, atOpenAi)
      return client.chat.completions.create(chat)
    },
  },
  {
    name: 'sends requests by the fetch that the client has',
    replies: [answers],
    async run(url) {
      const sent: string[] = []
      const client = openAi(url).withOptions({
        fetch(input, init) {
          sent.push(String(input))
          return fetch(input, init)
        },
      })
      await withCosts(client, atOpenAi).chat.completions.create(chat)
      expect(sent).toEqual([`${url}/openai/v1/chat/completions`])
    },
  },
  {
    name: 'reads no request but those to a provider',
    replies: [],
    async run(url) {
      await expect(withCosts(openAi(url)).models.list()).rejects.toThrow('404')
      await expect(withCosts(openAi(url), atOpenAi).models.list()).rejects.toThrow('404')
    },
  },
]

describeClient('a client withCosts', copies())

describe('withCosts', () => {
  const options = { apiKey: 'none', apiVersion: '2024-10-21', endpoint: 'https://a.example' }

  test('returns a client of the same class', () => {
    expect(withCosts(new OpenAI({ apiKey: 'none' }))).toBeInstanceOf(OpenAI)
    expect(withCosts(new AzureOpenAI(options))).toBeInstanceOf(AzureOpenAI)
    expect(withCosts(new Anthropic({ apiKey: 'none' }))).toBeInstanceOf(Anthropic)
  })

  test('keeps the options of the client', () => {
    const openai = new OpenAI({ apiKey: 'key', organization: 'o', project: 'p', timeout: 1234 })
    expect(withCosts(openai)).toMatchObject({
      apiKey: 'key',
      organization: 'o',
      project: 'p',
      timeout: 1234,
    })
    const deployed = withCosts(new AzureOpenAI({ ...options, deployment: 'team-chat' }))
    expect(deployed).toMatchObject({
      apiVersion: '2024-10-21',
      deploymentName: 'team-chat',
      baseURL: 'https://a.example/openai',
    })
    const tokens = () => Promise.resolve('token')
    const { apiKey: _, ...rest } = options
    expect(withCosts(new AzureOpenAI({ ...rest, azureADTokenProvider: tokens }))).toMatchObject({
      apiVersion: '2024-10-21',
    })
  })

  test('charges once a client that is wrapped twice where there is no OpenTelemetry SDK', async () => {
    const charges: Charge[] = []
    const onCharge = (charge: Charge): void => void charges.push(charge)
    const client = new OpenAI({
      apiKey: 'none',
      fetch: () =>
        Promise.resolve(
          Response.json({
            model: 'gpt-4o-2024-08-06',
            choices: [],
            usage: { prompt_tokens: 1000, completion_tokens: 200 },
          }),
        ),
    })
    await withCosts(withCosts(client, { onCharge }), { onCharge }).chat.completions.create(chat)
    await withCosts(withCosts(client, { onCharge })).chat.completions.create(chat)
    expect(charges.map(({ usd }) => usd)).toEqual([0.0045, 0.0045])
  })

  test('throws for a client that takes no fetch once it is made, with what to write', () => {
    const Mistral = class Mistral extends Map {}
    expect(() => withCosts(new Mistral())).toThrow(
      'costspan: `client` must be a client that takes a fetch after it was made, got Mistral. Write: new Mistral({ httpClient: new HTTPClient({ fetcher: costFetch() }) })',
    )
    const CohereClient = class CohereClient extends Map {}
    expect(() => withCosts(new CohereClient())).toThrow('new CohereClient({ fetch: costFetch() })')
    expect(() => withCosts(undefined as never)).toThrow('costspan: `client` must be')
    expect(() => withCosts(null as never)).toThrow('costspan: `client` must be')
  })
})
