import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ServerSentEvents } from '../../src/clients/server-sent-events.ts'
import { anthropicMessages } from '../loopback/wire/anthropic.ts'
import { gatewayLanguage } from '../loopback/wire/gateway.ts'
import { googleGenerate } from '../loopback/wire/google.ts'
import { openaiChat } from '../loopback/wire/openai-chat.ts'
import { openaiResponses } from '../loopback/wire/openai-responses.ts'
import { chunksOf, exchangeOf, streamOf } from './exchanges.ts'
import { runsOf } from '../support/runs.ts'

const encoder = new TextEncoder()
const MEBIBYTE = 1_048_576

function dataOf(chunks: readonly Uint8Array[], maximumBytes?: number) {
  const data: string[] = []
  const events = new ServerSentEvents((text) => data.push(text), maximumBytes)
  for (const chunk of chunks) events.push(chunk)
  events.end()
  return { data, skipped: events.skipped }
}

const read = (text: string): string[] => dataOf([encoder.encode(text)]).data

/** What the HTML standard defines for a stream that has arrived whole, except that an event without its empty line counts. */
function expectedData(bytes: Uint8Array): string[] {
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\n|\r/)
  const data: string[] = []
  let event: string[] = []
  for (const line of [...lines, '']) {
    if (line === '') {
      if (event.length > 0) data.push(event.join('\n'))
      event = []
    } else {
      const [, name, value = ''] = /^([^:]*)(?::[ ]?(.*))?$/s.exec(line)!
      if (name === 'data') event.push(value)
    }
  }
  return data
}

const reply = {
  text: 'Das Wetter: größtenteils sonnig ☀️, 天気は晴れ, в среднем 20 °C. 🌤️ Line\r\nbreaks\nare escaped.',
  toolCalls: [{ name: 'weather', input: { city: 'Zürich', emoji: '👩‍👩‍👧‍👦' } }],
  usage: { uncachedInput: 1200, cacheRead: 30, outputText: 340, reasoning: 20 },
}
const streams = [openaiChat, openaiResponses, anthropicMessages, googleGenerate, gatewayLanguage]
  .flatMap((format) => [
    streamOf(format, exchangeOf(reply)),
    streamOf(format, exchangeOf(reply), 'failing'),
  ])
  .map((text) => encoder.encode(text))

describe('the streams of the loopback', () => {
  test('are read as the standard defines', () => {
    for (const bytes of streams) {
      const { data } = dataOf([bytes])
      expect(data).toEqual(expectedData(bytes))
      expect(data.length).toBeGreaterThan(1)
    }
  })

  test('10,000 random chunkings give the same data', () => {
    const expected = streams.map((bytes) => expectedData(bytes))
    fc.assert(
      fc.property(
        fc.nat(streams.length - 1),
        fc.array(fc.nat(100_000), { maxLength: 60 }),
        (index, cuts) => {
          expect(dataOf(chunksOf(streams[index]!, cuts)).data).toEqual(expected[index])
        },
      ),
      { numRuns: runsOf(1000, 10_000) },
    )
  })

  test('byte by byte', () => {
    for (const bytes of streams) {
      const chunks = [...bytes].map((byte) => Uint8Array.of(byte))
      expect(dataOf(chunks).data).toEqual(expectedData(bytes))
    }
  })

  test('what the caller does with a chunk afterwards changes nothing', () => {
    const data: string[] = []
    const events = new ServerSentEvents((text) => data.push(text))
    for (const chunk of chunksOf(streams[0]!, [11, 100, 101, 333, 500])) {
      events.push(chunk)
      chunk.fill(10)
    }
    events.end()
    expect(data).toEqual(expectedData(streams[0]!))
  })
})

describe('the format', () => {
  test.each<[name: string, text: string, data: string[]]>([
    ['line feeds', 'data: a\n\ndata: b\n\n', ['a', 'b']],
    ['carriage returns', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['both', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['mixed', 'data: a\r\n\ndata: b\r\r\ndata: c\n\r\n', ['a', 'b', 'c']],
    ['several lines', 'data: a\ndata:\ndata: b\n\n', ['a\n\nb']],
    ['one space is taken away', 'data:a\n\ndata:  b\n\ndata: \n\n', ['a', ' b', '']],
    ['a field without a colon', 'data\n\ndata\ndata\n\n', ['', '\n']],
    ['comments and other fields', ': ping\n\nevent: x\nid: 1\nretry: 5\ndata: a\n: b\n\n', ['a']],
    ['names that begin alike', 'dat: a\ndatas: b\ndata : c\n data: d\nDATA: e\n\n', []],
    ['a byte order mark', '\u{FEFF}data: a\n\n', ['a']],
    ['a second byte order mark', '\u{FEFF}\u{FEFF}data: a\n\ndata: b\n\n', ['b']],
    ['a byte order mark in the data', 'data: \u{FEFF}a\n\n', ['\u{FEFF}a']],
    ['nothing', '', []],
    ['nothing but lines', '\n\r\n\r\n\n', []],
    ['an event that nothing ends', 'data: a\n\ndata: [DONE]\n', ['a', '[DONE]']],
    ['a line that nothing ends', 'data: a\n\ndata: {"cut', ['a', '{"cut']],
  ])('%s', (_, text, data) => {
    expect(read(text)).toEqual(data)
    const bytes = [...encoder.encode(text)].map((byte) => Uint8Array.of(byte))
    expect(dataOf(bytes).data).toEqual(data)
    expect(dataOf(bytes.flatMap((byte) => [byte, new Uint8Array(0)])).data).toEqual(data)
  })

  test('random text of its signs is read as the standard defines, however it is cut', () => {
    const sign = fc.constantFrom(
      'data',
      'data:',
      ':',
      ' ',
      '\n',
      '\r',
      '\r\n',
      '\n\n',
      'é',
      '🌤',
      '{}',
    )
    fc.assert(
      fc.property(
        fc.array(sign, { maxLength: 40 }),
        fc.array(fc.nat(200), { maxLength: 10 }),
        (signs, cuts) => {
          const bytes = encoder.encode(signs.join(''))
          expect(dataOf(chunksOf(bytes, cuts)).data).toEqual(expectedData(bytes))
        },
      ),
      { numRuns: runsOf(500, 5000) },
    )
  })

  test('bytes that are no text are read, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(200)), (bytes, cuts) => {
        const { data } = dataOf(chunksOf(bytes, cuts))
        expect(data).toEqual(expectedData(bytes))
      }),
    )
  })
})

describe('bounds', () => {
  const long = 'x'.repeat(MEBIBYTE)
  const around = (event: string): string => `data: before\n\n${event}\n\ndata: after\n\n`

  test('an event of exactly the bound is read', () => {
    expect(read(around(`data: ${long}`))).toEqual(['before', long, 'after'])
  })

  test.each([
    ['one line', `data: ${long}x`],
    ['the second of two lines', `data: {\ndata: ${long}`],
    ['a line before a short one', `data: ${long}x\ndata: }`],
    ['many lines', 'data: y\n'.repeat(MEBIBYTE / 32).trimEnd()],
    ['many empty lines', 'data\n'.repeat(MEBIBYTE / 32 + 2).trimEnd()],
  ])('a longer one is skipped: %s', (_, event) => {
    for (const size of [1000, 65_536, 2 * MEBIBYTE]) {
      const bytes = encoder.encode(around(event))
      const cuts = Array.from({ length: bytes.length / size }, (__, index) => (index + 1) * size)
      const { data, skipped } = dataOf(chunksOf(bytes, cuts))
      expect(data).toEqual(['before', 'after'])
      expect(skipped).toBe(1)
    }
  })

  test('a long comment or field leaves its event as it is', () => {
    for (const line of [`: ${long}x`, `id: ${long}x`]) {
      expect(dataOf([encoder.encode(around(`data: a\n${line}`))])).toEqual({
        data: ['before', 'a', 'after'],
        skipped: 0,
      })
      const chunks = chunksOf(encoder.encode(around(`${line}\ndata: a`)), [20, 30, 1000, 500_000])
      expect(dataOf(chunks)).toEqual({ data: ['before', 'a', 'after'], skipped: 0 })
    }
  })

  test('the bound can be set', () => {
    expect(dataOf([encoder.encode(around('data: 123456789'))], 8)).toEqual({
      data: ['before', 'after'],
      skipped: 1,
    })
  })

  test('100 MB without a line end leave no more than the bound in memory', () => {
    const events = new ServerSentEvents(() => undefined)
    const chunk = encoder.encode('data: '.padEnd(65_536, 'x'))
    const before = process.memoryUsage().arrayBuffers
    let most = 0
    for (let index = 0; index < 1600; index++) {
      events.push(chunk)
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    }
    expect(most).toBeLessThan(8 * MEBIBYTE)
  })

  test('a megabyte of line ends takes no longer than its length: neither end is searched anew', () => {
    for (const byte of [10, 13]) {
      expect(dataOf([new Uint8Array(MEBIBYTE).fill(byte)]).data).toEqual([])
    }
  })

  test('what the receiver throws does not reach the stream', () => {
    const events = new ServerSentEvents(() => {
      throw new Error('cannot read')
    })
    expect(() => events.push(encoder.encode('data: a\n\ndata: b\n\n'))).not.toThrow()
    expect(() => events.end()).not.toThrow()
  })
})
