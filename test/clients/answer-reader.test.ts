import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RecordedUsage } from 'costspan/record'
import {
  createAnswerReader,
  type AnswerReader,
  type SeenAnswer,
  type TextKind,
} from '../../src/clients/answer-reader.ts'
import type { AnswerFormat } from '../../src/clients/endpoint.ts'
import { ServerSentEvents } from '../../src/clients/server-sent-events.ts'
import * as Unseen from '../../src/usage/unseen.ts'
import type { ProviderUsage, Reply, WireFormat } from '../loopback/exchange.ts'
import { anthropicMessages } from '../loopback/wire/anthropic.ts'
import { cohereChat, cohereEmbeddings, cohereRerank } from '../loopback/wire/cohere.ts'
import { googleEmbeddings, googleGenerate } from '../loopback/wire/google.ts'
import { openaiChat } from '../loopback/wire/openai-chat.ts'
import { openaiEmbeddings } from '../loopback/wire/openai-embeddings.ts'
import { openaiResponses } from '../loopback/wire/openai-responses.ts'
import { chunksOf, exchangeOf, streamOf } from './exchanges.ts'

type Counted = Record<TextKind, string>

interface Reading {
  readonly seen: SeenAnswer
  readonly counted: Counted
}

function readerWithCounts(format: AnswerFormat, provider?: string) {
  const counted: Counted = { text: '', reasoning: '', tool: '' }
  const reader = createAnswerReader(format, (text, kind) => (counted[kind] += text), provider)
  return { reader, counted }
}

function readWhole(format: AnswerFormat, answer: unknown, provider?: string): Reading {
  const { reader, counted } = readerWithCounts(format, provider)
  reader.read(JSON.parse(JSON.stringify(answer)))
  return { seen: reader.seen, counted }
}

function readStream(
  format: AnswerFormat,
  stream: string,
  cuts: readonly number[] = [],
  provider?: string,
): Reading {
  const { reader, counted } = readerWithCounts(format, provider)
  const events = new ServerSentEvents((data) => reader.readEvent(data))
  for (const chunk of chunksOf(new TextEncoder().encode(stream), cuts)) events.push(chunk)
  events.end()
  return { seen: reader.seen, counted }
}

/** What is in the data of a stream, for a provider whose events differ from those of the loopback. */
function eventsOf(stream: string): Record<string, unknown>[] {
  const lines = stream.split('\n').filter((line) => line.startsWith('data: {'))
  return lines.map((line) => JSON.parse(line.slice(6)) as Record<string, unknown>)
}

const streamOfEvents = (events: readonly object[]): string =>
  events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')

/** The buckets that a provider bills, without those that are empty. */
function billed(usage: ProviderUsage): Partial<RecordedUsage> {
  const { cacheRead, cacheWrite5m, cacheWrite1h, audioInput, reasoning = 0 } = usage
  return some({
    input: usage.uncachedInput,
    cacheRead,
    cacheWrite5m,
    cacheWrite1h,
    audioInput,
    output: (usage.outputText ?? 0) + reasoning,
    reasoning,
    searches: usage.webSearches ?? usage.searchUnits,
  })
}

function some(usage: object): object {
  return Object.fromEntries(Object.entries(usage).filter(([, count]) => (count ?? 0) !== 0))
}

function bucketsOf({ usage }: SeenAnswer): object | undefined {
  if (usage === undefined) return undefined
  const { unseen: _unseen, ...buckets } = usage
  return some(buckets)
}

interface Format {
  readonly format: AnswerFormat
  readonly wire: WireFormat
  /** What usage these answers can report, and what they never do, as bits. */
  readonly parts: readonly (keyof ProviderUsage)[]
  readonly unseen: number
}

const formats: Record<string, Format> = {
  'OpenAI chat': {
    format: 'openai-chat',
    wire: openaiChat,
    parts: ['cacheRead', 'reasoning'],
    unseen: Unseen.cacheWritesInInput,
  },
  'OpenAI responses': {
    format: 'openai-responses',
    wire: openaiResponses,
    parts: ['cacheRead', 'reasoning'],
    unseen: Unseen.cacheWritesInInput,
  },
  Anthropic: {
    format: 'anthropic-messages',
    wire: anthropicMessages,
    parts: ['cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'reasoning', 'webSearches'],
    unseen: 0,
  },
  Google: {
    format: 'google-generate',
    wire: googleGenerate,
    parts: ['cacheRead', 'reasoning'],
    unseen: 0,
  },
  Cohere: { format: 'cohere-chat', wire: cohereChat, parts: [], unseen: 0 },
}

const toolCalls = [{ name: 'weather', input: { city: 'Zürich' } }]
const text = 'It will be sunny: größtenteils 🌤️, 天気は晴れ. Nothing else is expected.'
const full = { uncachedInput: 1200, outputText: 340 }
const withParts = ({ parts }: Format): ProviderUsage => ({
  ...full,
  ...Object.fromEntries(parts.map((part, index) => [part, 7 + index])),
})

describe.each(Object.entries(formats))('%s', (_, format) => {
  const { format: name, wire, unseen } = format

  test.each(['text', 'tools', 'both'])('a whole answer of %s', (kind) => {
    const reply: Reply = {
      ...(kind !== 'tools' && { text }),
      ...(kind !== 'text' && { toolCalls }),
      usage: withParts(format),
    }
    const { seen, counted } = readWhole(name, wire.whole(exchangeOf(reply)))
    expect(bucketsOf(seen)).toEqual(billed(withParts(format)))
    expect(seen).toMatchObject({ isComplete: true, hasEnded: true, errorType: undefined })
    expect(seen.usage?.unseen ?? 0).toBe(unseen)
    expect(seen.id).toContain('loopback_1')
    if (wire !== cohereChat) expect(seen.model).toBe('house-model')
    expect(counted).toEqual({ text: '', reasoning: '', tool: '' })
  })

  test('a streamed answer reports what is billed, however it is cut, and each piece of text once', () => {
    const count = fc.nat(1_000_000)
    const usage = fc.record({
      uncachedInput: fc.integer({ min: 1, max: 1_000_000 }),
      outputText: count,
      ...Object.fromEntries(format.parts.map((part) => [part, count])),
    })
    const webSearches = format.parts.includes('webSearches')
    fc.assert(
      fc.property(
        usage,
        fc.string({ minLength: 40 }),
        fc.array(fc.nat(9999)),
        (truth, stated, cuts) => {
          const counts: ProviderUsage = { ...truth, ...(webSearches && { webSearches: 2 }) }
          const exchange = exchangeOf({ text: stated, toolCalls, usage: counts })
          const { seen, counted } = readStream(name, streamOf(wire, exchange), cuts)
          expect(bucketsOf(seen)).toEqual(billed(counts))
          expect(seen).toMatchObject({ isComplete: true, hasEnded: true, errorType: undefined })
          expect(seen.ranTools).toBe(webSearches)
          expect(seen.usage?.unseen ?? 0).toBe(unseen)
          expect(counted.text).toBe(stated)
          expect(counted.reasoning).toBe('')
          expect(counted.tool).toContain('weather')
          expect(counted.tool).toContain(JSON.stringify(toolCalls[0]!.input))
          expect(seen.textCharacters).toBe(stated.length)
          expect(seen.toolCharacters).toBe(counted.tool.length)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('of a stream that stops nothing is complete, and what arrived was counted', () => {
    const exchange = exchangeOf({ text, usage: withParts(format) })
    const { seen, counted } = readStream(name, streamOf(wire, exchange, 'opening'))
    expect(seen).toMatchObject({ isComplete: false, hasEnded: false, errorType: undefined })
    expect(text.startsWith(counted.text)).toBe(true)
    if (seen.usage !== undefined) expect(seen.usage.unseen! & Unseen.brokenOff).toBeTruthy()
  })

  test('an error in mid-stream', () => {
    const exchange = exchangeOf({ text, usage: withParts(format) })
    const { seen } = readStream(name, streamOf(wire, exchange, 'failing'))
    expect(seen).toMatchObject({ isComplete: false, hasEnded: false })
    expect(seen.errorType).toMatch(/^[a-zA-Z_]+$/)
  })

  test('an answer without usage: its text is counted', () => {
    const exchange = exchangeOf({ text, toolCalls })
    for (const { seen, counted } of [
      readWhole(name, wire.whole(exchange)),
      readStream(name, streamOf(wire, exchange)),
    ]) {
      expect(seen).toMatchObject({ usage: undefined, isComplete: false, hasEnded: true })
      expect(counted.text).toBe(text)
      expect(counted.tool).toContain('Zürich')
    }
  })

  test('counts that are no counts give no usage', () => {
    const whole = JSON.stringify(wire.whole(exchangeOf({ text, usage: withParts(format) })))
    const stream = streamOf(wire, exchangeOf({ text, usage: withParts(format) }))
    const tokens = /("(?:\w*_tokens|\w*TokenCount)":)(\d+)/g
    for (const [find, put] of [
      [tokens, '$1"$2"'],
      [tokens, '$1-1'],
      [tokens, '$1null'],
      [tokens, '$1{}'],
      [tokens, '$1$2.5'],
      [tokens, '$11e400'],
      [tokens, '$10'],
      [/"(usage|usageMetadata)":\{/g, '"$1":[1],"x":{'],
      [/"(usage|usageMetadata)":\{/g, '"$1":"many","x":{'],
    ] as const) {
      const searches = whole.replaceAll(/"server_tool_use":\{[^}]*\}/g, '"server_tool_use":null')
      const none = { usage: undefined, isComplete: false }
      expect(readWhole(name, JSON.parse(searches.replaceAll(find, put))).seen).toMatchObject(none)
      const events = stream
        .replaceAll(/"server_tool_use":\{[^}]*\}/g, '"server_tool_use":null')
        .replaceAll(find, put)
      expect(readStream(name, events).seen).toMatchObject(none)
    }
  })
})

test.each([
  ['OpenAI chat', 'openai-chat', openaiChat],
  ['Google', 'google-generate', googleGenerate],
] as const)('%s: audio in the prompt', (_, format, wire) => {
  const usage = { ...full, audioInput: 900 }
  const { seen } = readStream(format, streamOf(wire, exchangeOf({ text, usage })))
  expect(bucketsOf(seen)).toEqual(billed(usage))
  expect(seen.isComplete).toBe(true)
})

test('of a usage in which one count is no count, that part is unseen', () => {
  const { seen } = readWhole('openai-chat', {
    choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 12, completion_tokens: '7' },
  })
  expect(seen.usage).toMatchObject({ input: 12, output: 0 })
  expect(seen.usage!.unseen! & Unseen.output).toBeTruthy()
})

describe('OpenAI chat and those who follow it', () => {
  const exchange = exchangeOf({ text, usage: { ...full, cacheRead: 20 } })
  const events = eventsOf(streamOf(openaiChat, exchange))
  const usage = events.at(-1)!['usage'] as Record<string, unknown>
  const complete = { isComplete: true, hasEnded: true }
  const read = (list: readonly object[], provider?: string): SeenAnswer =>
    readStream('openai-chat', `${streamOfEvents(list)}data: [DONE]\n\n`, [], provider).seen

  test('Groq: usage in its own field of the last chunk, and its tier', () => {
    const own = events
      .slice(0, -1)
      .map((event, index) =>
        index === events.length - 2
          ? { ...event, x_groq: { id: 'req_1', usage }, service_tier: 'flex' }
          : event,
      )
    const seen = read(own, 'groq')
    expect(seen).toMatchObject(complete)
    expect(bucketsOf(seen)).toEqual({ ...billed({ ...full, cacheRead: 20 }), serviceTier: 'flex' })
  })

  test('Moonshot: usage in the choice that ends', () => {
    const own = [
      ...events.slice(0, -2),
      { ...events.at(-2)!, choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage }] },
    ]
    const seen = read(own, 'moonshotai')
    expect(seen).toMatchObject(complete)
    expect(bucketsOf(seen)).toEqual(billed({ ...full, cacheRead: 20 }))
  })

  test('Azure: a first chunk without a model or a choice, and a last one of its filter', () => {
    const filter = {
      id: '',
      model: '',
      object: '',
      choices: [],
      prompt_filter_results: [{}],
      usage: null,
    }
    const { reader } = readerWithCounts('openai-chat', 'azure.ai.openai')
    reader.read(filter)
    expect(reader.seen).toMatchObject({ hasEnded: false, model: undefined, id: undefined })
    const checked = { index: 0, finish_reason: null, content_filter_offsets: {} }
    for (const event of [...events, { ...events[0]!, choices: [checked] }]) reader.read(event)
    expect(reader.seen).toMatchObject({ ...complete, model: 'house-model' })
    expect(bucketsOf(reader.seen)).toEqual(billed({ ...full, cacheRead: 20 }))
  })

  test('OpenRouter: usage beside an empty choice, after the one that ended', () => {
    const empty = [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]
    const own = [...events.slice(0, -1), { ...events.at(-1)!, choices: empty }]
    expect(read(own, 'openrouter')).toMatchObject(complete)
  })

  test('xAI: usage with every chunk, of which only the last is complete, and what it billed', () => {
    const bill = { ...usage, cost_in_usd_ticks: 37_756_000 }
    const own = events.slice(0, -1).map((event, index) => ({
      ...event,
      usage: { ...bill, completion_tokens: index, total_tokens: 1220 + index },
    }))
    const stopped = read(own.slice(0, 3), 'xai')
    // `[DONE]` without a finish reason does not make a usage whole that was reported before it.
    expect(stopped).toMatchObject({ isComplete: false })
    expect(stopped.usage).toMatchObject({ output: 2 })
    expect(stopped.usage!.unseen! & Unseen.brokenOff).toBeTruthy()
    const seen = read([...own.slice(0, -1), { ...own.at(-1), usage: bill }], 'x_ai')
    expect(seen).toMatchObject(complete)
    expect(seen.usage).toMatchObject({ output: 340, billed: { usd: 0.003_775_6 } })
  })

  test('OpenRouter: what it billed, which under the name of another provider is ignored', () => {
    const bill = { ...usage, cost: 0.95, is_byok: false, cost_details: {} }
    const own = [...events.slice(0, -1), { ...events.at(-1)!, usage: bill }]
    expect(read(own, 'openrouter').usage).toMatchObject({ billed: { usd: 0.95 } })
    for (const other of ['openai', 'groq', 'house', undefined]) {
      const seen = read(own, other)
      expect(seen).toMatchObject(complete)
      expect(seen.usage).not.toHaveProperty('billed')
    }
  })

  test('OpenRouter: an error in a chunk is no refusal', () => {
    const failed = {
      ...events[1]!,
      error: { code: 502, message: 'Provider disconnected' },
      choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
    }
    const seen = read([...events.slice(0, 2), failed], 'openrouter')
    expect(seen).toMatchObject({ hasEnded: false, isComplete: false, errorType: 'error' })
  })

  test('Perplexity: without its bill the fee of the request is open', () => {
    expect(read(events, 'perplexity').usage!.unseen! & Unseen.fees).toBeTruthy()
    const bill = { ...usage, cost: { total_cost: 0.013 } }
    const own = [...events.slice(0, -1), { ...events.at(-1)!, usage: bill }]
    expect(read(own, 'perplexity').usage).toMatchObject({ billed: { usd: 0.013 } })
  })

  test('the AI Gateway: what it debited', () => {
    const metadata = { gateway: { cost: '0.002', gatewayCost: '0.0021' } }
    const own = [
      ...events.slice(0, -2),
      {
        ...events.at(-2)!,
        choices: [{ index: 0, delta: { provider_metadata: metadata }, finish_reason: 'stop' }],
      },
      events.at(-1)!,
    ]
    expect(read(own, 'gateway').usage).toMatchObject({ billed: { usd: 0.0021 } })
    expect(read(own, 'openai').usage).not.toHaveProperty('billed')
  })

  test('a total with more than its parts: of Google it is thoughts, of others it is not known', () => {
    const own = [
      ...events.slice(0, -1),
      { ...events.at(-1)!, usage: { ...usage, total_tokens: 1660 } },
    ]
    expect(read(own, 'gcp.gemini').usage).toMatchObject({ output: 440, reasoning: 100 })
    expect(read(own, 'house').usage!.unseen! & Unseen.ambiguous).toBeTruthy()
    expect(read(events, 'house').usage!.unseen! & Unseen.ambiguous).toBe(0)
  })

  test('several choices have ended when all of them have', () => {
    const chunk = (index: number, finish_reason: string | null): object => ({
      ...events[0]!,
      choices: [{ index, delta: { content: 'a' }, finish_reason }],
    })
    const begun = [chunk(0, null), chunk(1, null), chunk(0, 'stop')]
    const { reader } = readerWithCounts('openai-chat')
    for (const one of begun) reader.read(one)
    expect(reader.seen.hasEnded).toBe(false)
    reader.read(chunk(1, 'length'))
    expect(reader.seen.hasEnded).toBe(true)
    reader.read(events.at(-1))
    expect(reader.seen).toMatchObject(complete)
    expect(reader.seen.textCharacters).toBe(4)
  })

  test('cited pages, whose search is billed', () => {
    const cited = {
      ...events[1]!,
      choices: [
        { index: 0, delta: { annotations: [{ type: 'url_citation' }] }, finish_reason: null },
      ],
    }
    const seen = read([events[0]!, cited, ...events.slice(1)])
    expect(seen.ranTools).toBe(true)
    expect(seen.usage!.unseen! & Unseen.fees).toBeTruthy()
  })

  test('thoughts, refusals, lists of content and calls are counted by their kind', () => {
    const { reader, counted } = readerWithCounts('openai-chat')
    for (const delta of [
      { reasoning_content: 'a', reasoning: 'a' },
      { reasoning: 'b', content: null },
      { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'c' }] }] },
      { content: [{ type: 'text', text: 'D' }] },
      { refusal: 'E' },
      { tool_calls: [{ index: 0, function: { name: 'f', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{}' } }, null, 7] },
      { function_call: { name: 'g', arguments: '[]' } },
    ]) {
      reader.read({ choices: [{ index: 0, delta, finish_reason: null }] })
    }
    expect(counted).toEqual({ text: 'DE', reasoning: 'abc', tool: 'f{}g[]' })
  })

  test('completions', () => {
    const { reader, counted } = readerWithCounts('openai-completions')
    const chunk = {
      id: 'cmpl-1',
      model: 'm',
      choices: [{ index: 0, text: 'Hi', finish_reason: null }],
    }
    reader.read(chunk)
    reader.read({ ...chunk, choices: [{ index: 0, text: '', finish_reason: 'stop' }] })
    reader.read({ ...chunk, choices: [], usage })
    expect(reader.seen).toMatchObject({ ...complete, id: 'cmpl-1', model: 'm' })
    expect(counted.text).toBe('Hi')
  })
})

describe('OpenAI responses', () => {
  const events = eventsOf(streamOf(openaiResponses, exchangeOf({ text, usage: full })))
  const last = events.at(-1)!['response'] as Record<string, unknown>
  const read = (list: readonly object[]): SeenAnswer =>
    readStream('openai-responses', streamOfEvents(list)).seen

  test('cut short by its limit: the usage is whole', () => {
    const cut = { type: 'response.incomplete', response: { ...last, status: 'incomplete' } }
    const seen = read([...events.slice(0, -1), cut])
    expect(seen).toMatchObject({ isComplete: true, hasEnded: true, errorType: undefined })
    expect(bucketsOf(seen)).toEqual(billed(full))
  })

  test('failed', () => {
    const error = { code: 'server_error', message: '…' }
    const failed = { ...last, status: 'failed', error, usage: null }
    const seen = read([...events.slice(0, -1), { type: 'response.failed', response: failed }])
    expect(seen).toMatchObject({ isComplete: false, usage: undefined, errorType: 'server_error' })
  })

  test('the tier that served it', () => {
    const served = { ...last, service_tier: 'priority' }
    const seen = read([...events.slice(0, -1), { type: 'response.completed', response: served }])
    expect(seen.usage).toMatchObject({ serviceTier: 'priority' })
    expect(readWhole('openai-responses', served).seen.usage).toEqual(seen.usage)
  })

  test('in the background: nothing has ended', () => {
    const queued = { ...last, status: 'queued', usage: null }
    const { seen } = readWhole('openai-responses', queued)
    expect(seen).toMatchObject({ hasEnded: false, isComplete: false, usage: undefined })
  })

  test('a search that the provider ran, also if the stream stops after it', () => {
    const item = { type: 'web_search_call', id: 'ws_1', status: 'completed' }
    const searched = { type: 'response.output_item.done', output_index: 0, item }
    expect(read([...events.slice(0, 2), searched])).toMatchObject({ ranTools: true })
    const output = [item, ...(last['output'] as object[])]
    const seen = read([{ type: 'response.completed', response: { ...last, output } }])
    expect(seen.usage!.unseen! & Unseen.fees).toBeTruthy()
  })
})

describe('Anthropic', () => {
  const usage = { ...full, cacheRead: 9, cacheWrite5m: 40, cacheWrite1h: 60 }
  const events = eventsOf(streamOf(anthropicMessages, exchangeOf({ text, usage })))
  const read = (list: readonly object[]): SeenAnswer =>
    readStream('anthropic-messages', streamOfEvents(list)).seen

  test('after the first event the input is exact, and the output a stub', () => {
    const seen = read(events.slice(0, 1))
    expect(bucketsOf(seen)).toEqual({ ...billed(usage), output: 3 })
    expect(seen.usage?.unseen).toBe(Unseen.brokenOff)
    expect(seen.isComplete).toBe(false)
  })

  test('what the last event leaves out or sets to null holds as it began', () => {
    for (const counts of [{ output_tokens: 340 }, { output_tokens: 340, input_tokens: null }]) {
      const list = events.map((event) =>
        event['type'] === 'message_delta' ? { ...event, usage: counts } : event,
      )
      expect(bucketsOf(read(list))).toEqual(billed(usage))
    }
  })

  test('tools of the provider that write more to the cache: their lifetime is not known', () => {
    const list = events.map((event) =>
      event['type'] === 'message_delta'
        ? { ...event, usage: { output_tokens: 340, cache_creation_input_tokens: 300 } }
        : event,
    )
    const seen = read(list)
    expect(seen.usage).toMatchObject({ cacheWrite5m: 300, unseen: Unseen.cacheWriteDuration })
    expect(seen.usage).not.toHaveProperty('cacheWrite1h')
  })

  test('the tier, the region and the speed are those of the first event', () => {
    const [start, ...rest] = events
    const message = start!['message'] as { usage: object }
    const terms = { service_tier: 'priority', inference_geo: 'us' }
    const served = { ...message, usage: { ...message.usage, ...terms } }
    expect(read([{ ...start, message: served }, ...rest]).usage).toMatchObject({
      serviceTier: 'priority',
      region: 'us',
    })
  })

  test('a search that had begun when the stream stopped', () => {
    const searched = exchangeOf({ text, usage: { ...usage, webSearches: 1 } })
    const { seen } = readStream(
      'anthropic-messages',
      streamOf(anthropicMessages, searched, 'opening'),
    )
    expect(seen.ranTools).toBe(true)
    expect(seen.usage?.unseen).toBe(Unseen.brokenOff | Unseen.fees)
  })

  test('thoughts are counted', () => {
    const { reader, counted } = readerWithCounts('anthropic-messages')
    const delta = { type: 'thinking_delta', thinking: 'Hm' }
    reader.read({ type: 'content_block_delta', index: 0, delta })
    expect(counted.reasoning).toBe('Hm')
  })
})

describe('Google', () => {
  const usage = { ...full, cacheRead: 9, reasoning: 50 }
  const stream = streamOf(googleGenerate, exchangeOf({ text, usage }))
  const events = eventsOf(stream)

  test('a list of events, as without `alt=sse`', () => {
    const { seen, counted } = readWhole('google-generate', events)
    expect(seen).toMatchObject({ isComplete: true, hasEnded: true })
    expect(bucketsOf(seen)).toEqual(billed(usage))
    expect(counted.text).toBe(text)
  })

  test('what every event reports is not whole until the last', () => {
    const { seen } = readWhole('google-generate', events.slice(0, -1))
    expect(seen).toMatchObject({ isComplete: false, hasEnded: false })
    expect(seen.usage).toMatchObject({ input: 1200, cacheRead: 9 })
    expect(seen.usage?.unseen).toBe(Unseen.brokenOff)
  })

  test('a search of any event', () => {
    const [first, ...rest] = events
    const [candidate] = first!['candidates'] as object[]
    const grounded = { ...first, candidates: [{ ...candidate, groundingMetadata: {} }] }
    const { seen } = readWhole('google-generate', [grounded, ...rest])
    expect(seen).toMatchObject({ ranTools: true, isComplete: true })
    expect(seen.usage?.unseen).toBe(Unseen.fees)
  })

  test('thoughts are counted apart, a blocked prompt has ended, and Vertex AI reports traffic first', () => {
    const { reader, counted } = readerWithCounts('google-generate')
    const parts = [{ text: 'Hm', thought: true }, { text: 'Hi' }]
    reader.read({
      candidates: [{ content: { parts } }],
      usageMetadata: { trafficType: 'ON_DEMAND' },
    })
    expect(counted).toMatchObject({ text: 'Hi', reasoning: 'Hm' })
    expect(reader.seen.usage).toBeUndefined()
    const blocked = {
      promptFeedback: { blockReason: 'SAFETY' },
      usageMetadata: { promptTokenCount: 5 },
    }
    expect(readWhole('google-generate', blocked).seen).toMatchObject({
      hasEnded: true,
      isComplete: true,
      usage: { input: 5 },
    })
  })
})

describe('answers in one object', () => {
  test.each<[name: string, format: AnswerFormat, wire: WireFormat, usage: ProviderUsage]>([
    ['OpenAI embeddings', 'openai-embeddings', openaiEmbeddings, { uncachedInput: 8 }],
    ['Cohere embeddings', 'cohere-embed', cohereEmbeddings, { uncachedInput: 8 }],
    ['Cohere rerank', 'cohere-rerank', cohereRerank, { uncachedInput: 0, searchUnits: 3 }],
  ])('%s', (_, format, wire, usage) => {
    const { seen } = readWhole(format, wire.whole(exchangeOf({ usage })))
    expect(bucketsOf(seen)).toEqual(billed(usage))
    expect(seen.usage).not.toHaveProperty('unseen')
    expect(seen).toMatchObject({ isComplete: true, hasEnded: true })
  })

  const one = { id: 'x', model: 'm' }
  test.each<[name: string, format: AnswerFormat, answer: object, usage: RecordedUsage]>([
    [
      'Mistral embeddings',
      'openai-embeddings',
      { ...one, data: [], usage: { prompt_tokens: 8, completion_tokens: 0, total_tokens: 8 } },
      { input: 8 },
    ],
    ['a total alone', 'openai-embeddings', { ...one, usage: { total_tokens: 8 } }, { input: 8 }],
    [
      'Google embeddings that report usage',
      'google-embed',
      { embedding: {}, usageMetadata: { promptTokenCount: 8 } },
      { input: 8 },
    ],
    [
      'Cohere embeddings of images',
      'cohere-embed',
      { id: 'x', meta: { billed_units: { input_tokens: 3, image_tokens: 90 } } },
      { input: 3, imageInput: 90 },
    ],
    [
      'Cohere embeddings of images that are not counted in tokens',
      'cohere-embed',
      { id: 'x', meta: { billed_units: { input_tokens: 3, images: 1 } } },
      { input: 3, unseen: Unseen.images },
    ],
    [
      'images',
      'openai-images',
      {
        data: [{ b64_json: 'aGk=' }],
        usage: {
          input_tokens: 50,
          input_tokens_details: { text_tokens: 10, image_tokens: 40 },
          output_tokens: 60,
          output_tokens_details: { text_tokens: 10, image_tokens: 50 },
          total_tokens: 110,
        },
      },
      { input: 10, imageInput: 40, output: 10, imageOutput: 50 },
    ],
    [
      'the last event of an image, whose output is not split',
      'openai-images',
      {
        type: 'image_generation.completed',
        b64_json: 'aGk=',
        usage: { input_tokens: 50, output_tokens: 60, total_tokens: 110 },
      },
      { input: 50, output: 60, unseen: Unseen.images },
    ],
    [
      'speech, whose output is audio',
      'openai-speech',
      {
        type: 'speech.audio.done',
        usage: { input_tokens: 14, output_tokens: 101, total_tokens: 115 },
      },
      { input: 14, output: 0, audioOutput: 101 },
    ],
    [
      'a transcription by the second',
      'openai-transcription',
      { text: 'Hi', usage: { type: 'duration', seconds: 12 } },
      { seconds: 12 },
    ],
    [
      'the last event of a transcription',
      'openai-transcription',
      {
        type: 'transcript.text.done',
        text: 'Hi',
        usage: {
          type: 'tokens',
          input_tokens: 14,
          input_token_details: { text_tokens: 4, audio_tokens: 10 },
          output_tokens: 45,
          total_tokens: 59,
        },
      },
      { input: 4, audioInput: 10, output: 45 },
    ],
    [
      'a transcription of Mistral',
      'openai-transcription',
      {
        text: 'Hi',
        usage: {
          prompt_audio_seconds: 203,
          prompt_tokens: 4,
          completion_tokens: 635,
          total_tokens: 639,
        },
      },
      { seconds: 203 },
    ],
  ])('%s', (_, format, answer, usage) => {
    const { seen } = readWhole(format, answer)
    expect(seen.usage).toEqual(usage)
    expect(seen).toMatchObject({ isComplete: true, hasEnded: true })
  })

  test('Google embeddings report none', () => {
    const { seen } = readWhole('google-embed', googleEmbeddings.whole(exchangeOf({})))
    expect(seen).toMatchObject({ hasEnded: true, isComplete: false, usage: undefined })
  })

  test('pieces of a stream are no answer', () => {
    const pieces = [
      { type: 'speech.audio.delta', audio: 'aGk=' },
      { type: 'image_generation.partial_image', b64_json: 'aGk=' },
      { type: 'transcript.text.delta', delta: 'Hi' },
    ]
    for (const format of ['openai-speech', 'openai-images', 'openai-transcription'] as const) {
      const { seen } = readStream(format, streamOfEvents(pieces))
      expect(seen).toMatchObject({ hasEnded: false, textCharacters: 2, usage: undefined })
    }
  })

  test('a version 1 chat of Cohere', () => {
    const meta = {
      billed_units: { input_tokens: 5, output_tokens: 7 },
      tokens: { input_tokens: 70 },
    }
    const answer = { generation_id: 'g', text: 'Hi', finish_reason: 'COMPLETE', meta }
    const { seen } = readWhole('cohere-chat', answer)
    expect(bucketsOf(seen)).toEqual({ input: 5, output: 7 })
    expect(seen).toMatchObject({ isComplete: true, id: 'g' })
  })
})

const every: AnswerFormat[] = [
  'openai-chat',
  'openai-completions',
  'openai-responses',
  'openai-embeddings',
  'openai-images',
  'openai-speech',
  'openai-transcription',
  'anthropic-messages',
  'google-generate',
  'google-embed',
  'cohere-chat',
  'cohere-embed',
  'cohere-rerank',
]

describe('bad input', () => {
  test('a refusal has an error, and no usage', () => {
    const refusals = [openaiChat, anthropicMessages, googleGenerate, cohereChat]
    const [openai, anthropic, google, cohere] = refusals.map((wire) => wire.refusal(400))
    for (const [format, refusal] of [
      ['openai-chat', openai],
      ['openai-responses', openai],
      ['openai-embeddings', openai],
      ['anthropic-messages', anthropic],
      ['google-generate', google],
      ['google-embed', google],
      ['cohere-chat', cohere],
    ] as const) {
      const { seen } = readWhole(format, refusal)
      expect(seen.errorType).toMatch(/^[A-Za-z_]+$/)
      expect(seen).toMatchObject({ usage: undefined, isComplete: false })
    }
  })

  test('an error whose name is a status, a text or nothing has no name of its own', () => {
    for (const error of [{ code: 429 }, { code: '503' }, { type: 'An id: 17' }, {}, 'no', true]) {
      expect(readWhole('openai-chat', { error }).seen.errorType).toBe('_OTHER')
    }
    expect(readWhole('openai-chat', { error: null }).seen.errorType).toBeUndefined()
  })

  test('ids and models that no provider has are not kept', () => {
    for (const bad of ['x'.repeat(300), '', 7, null, {}]) {
      const { seen } = readWhole('openai-chat', { id: bad, model: bad, choices: [] })
      expect(seen).toMatchObject({ id: undefined, model: undefined })
    }
  })

  test.each(every)('%s: nothing is thrown, whatever arrives', (format) => {
    const known = fc.constantFrom(
      ...['type', 'choices', 'delta', 'message', 'content', 'usage', 'usageMetadata', 'candidates'],
      ...[
        'parts',
        'response',
        'output',
        'item',
        'meta',
        'billed_units',
        'error',
        'tool_calls',
        'function',
      ],
      ...[
        'prompt_tokens',
        'input_tokens',
        'output_tokens',
        'total_tokens',
        'index',
        '__proto__',
        'status',
      ],
    )
    const leaf = fc.oneof(
      fc.constantFrom(
        'message_start',
        'message_delta',
        'response.completed',
        'message-end',
        'error',
      ),
      fc.anything(),
      fc.double(),
      fc.integer(),
    )
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        leaf,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(known, tie('value'), { maxKeys: 5 }),
      ),
    }))
    const reader: AnswerReader = createAnswerReader(format, () => {
      throw new Error('cannot count')
    })
    fc.assert(
      fc.property(value, fc.string(), (answer, data) => {
        reader.read(answer)
        reader.readEvent(data)
        const { usage, isComplete, errorType } = reader.seen
        for (const count of Object.values(usage ?? {})) {
          if (typeof count === 'number') expect(count).toBeGreaterThanOrEqual(0)
        }
        expect(typeof isComplete).toBe('boolean')
        expect(['string', 'undefined']).toContain(typeof errorType)
      }),
      { numRuns: 500 },
    )
  })

  test('the end of a whole answer that was too long to be kept has its usage', () => {
    const ends: [AnswerFormat, WireFormat][] = [
      ['openai-chat', openaiChat],
      ['openai-responses', openaiResponses],
      ['anthropic-messages', anthropicMessages],
      ['cohere-chat', cohereChat],
    ]
    for (const [format, wire] of ends) {
      const { usage } = wire.whole(exchangeOf({ text, usage: full })) as { usage: object }
      const { seen } = readWhole(format, { usage })
      expect(bucketsOf(seen)).toEqual(billed(full))
      expect(seen.isComplete).toBe(true)
    }
  })

  test('a usage is the same object until it changes', () => {
    const stream = eventsOf(streamOf(anthropicMessages, exchangeOf({ text, usage: full })))
    const { reader } = readerWithCounts('anthropic-messages')
    const usages = new Set<unknown>()
    for (const event of stream) {
      reader.read(event)
      usages.add(reader.seen.usage)
    }
    expect(usages.size).toBe(2)
  })

  test('what is kept of an answer does not grow with it', () => {
    const reader = createAnswerReader('openai-chat')
    const chunk = { choices: [{ index: 0, delta: { content: 'x'.repeat(1000) } }], usage: null }
    for (let index = 0; index < 1000; index++) reader.read(chunk)
    expect(reader.seen.textCharacters).toBe(1_000_000)
    expect(JSON.stringify(reader.seen).length).toBeLessThan(400)
  })
})
