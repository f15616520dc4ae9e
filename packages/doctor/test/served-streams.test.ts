import { afterAll, describe, expect, test } from 'vitest'
import {
  aiSdk,
  bad,
  diagnoseProject,
  inShort,
  removeProjects,
  sound,
  type Files,
} from './project.ts'

afterAll(removeProjects)

const isFine = 'streams are read to their end'

/** A server in one file, of which the handler answers with this. */
function server(head: string, before: string, respond: string, after = '})'): Files {
  return {
    ...sound,
    'server.ts': `${head}
import { openai } from '@ai-sdk/openai'
import { streamText } from 'ai'
import { withAttribution } from 'costspan'

${before}
  withAttribution({ userId: 'u_42' }, async () => {
    const result = streamText({ model: openai('gpt-4o'), prompt: 'Hello', experimental_telemetry: { isEnabled: true } })
    ${respond}
  })
${after}
`,
  }
}

const express = (respond: string): Files =>
  server(
    "import express from 'express'\nconst app = express()",
    "app.post('/stream', (_request, response) => {",
    respond,
  )
const fastify = (respond: string): Files =>
  server(
    "import Fastify from 'fastify'\nconst app = Fastify()\nimport { Readable } from 'node:stream'",
    "app.post('/stream', (request, reply) => {",
    respond,
  )
const hono = (respond: string): Files =>
  server(
    "import { Hono } from 'hono'\nimport { stream } from 'hono/streaming'\nconst app = new Hono()",
    "app.post('/stream', (c) => {\n  return ",
    respond,
  )
const http = (respond: string): Files =>
  server(
    "import { createServer } from 'node:http'",
    'createServer((_request, response) => {',
    respond,
    '}).listen(0)',
  )

const unread: readonly (readonly [what: string, files: Files])[] = [
  ['Express, text', express('result.pipeTextStreamToResponse(response)')],
  ['Express, UI messages', express('result.pipeUIMessageStreamToResponse(response)')],
  ['Express, awaited', express('await result.pipeUIMessageStreamToResponse(response)')],
  [
    'Express, a web stream',
    express(
      "const { Readable } = await import('node:stream')\n    Readable.fromWeb(result.textStream as never).pipe(response)",
    ),
  ],
  ['Fastify, text', fastify('result.pipeTextStreamToResponse(reply.raw)')],
  ['Fastify, send', fastify('return reply.send(result.textStream)')],
  [
    'Fastify, a stream of Node',
    fastify('reply.send(Readable.fromWeb(result.textStream as never))'),
  ],
  ['Hono, a response', hono('return result.toTextStreamResponse()')],
  ['Hono, UI messages', hono('return result.toUIMessageStreamResponse()')],
  ['Hono, stream', hono('return stream(c, (out) => out.pipe(result.textStream as never))')],
  ['Hono, body', hono('return c.body(result.textStream.pipeThrough(new TextEncoderStream()))')],
  [
    'a response by hand',
    hono('return new Response(result.textStream.pipeThrough(new TextEncoderStream()))'),
  ],
  ['node:http', http('result.pipeTextStreamToResponse(response)')],
  ['node:http, UI messages', http('result.pipeUIMessageStreamToResponse(response)')],
  [
    'without a name',
    http(
      "await (streamText({ model: openai('gpt-4o'), prompt: 'x' })).pipeTextStreamToResponse(response)\n    await result.text",
    ),
  ],
]

const read: readonly (readonly [what: string, files: Files])[] = [
  [
    'Express',
    express('void result.consumeStream()\n    result.pipeTextStreamToResponse(response)'),
  ],
  [
    'Express, after it',
    express('result.pipeUIMessageStreamToResponse(response)\n    await result.consumeStream()'),
  ],
  ['Fastify', fastify('void result.consumeStream()\n    return reply.send(result.textStream)')],
  ['Hono', hono('void result.consumeStream()\n    return result.toTextStreamResponse()')],
  [
    'usage that is awaited',
    express('result.pipeTextStreamToResponse(response)\n    console.log(await result.totalUsage)'),
  ],
]

const none: readonly (readonly [what: string, files: Files])[] = [
  [
    'a loop that writes',
    express('for await (const text of result.textStream) response.write(text)'),
  ],
  ['the whole text', express('response.send(await result.text)')],
  ['a script', http('for await (const text of result.textStream) process.stdout.write(text)')],
  ['a loop over UI messages', http('for await (const _ of result.toUIMessageStream());')],
]

describe.each([
  [5, aiSdk(5)],
  [6, aiSdk(6)],
  [7, aiSdk(7)],
] as const)('outside Next.js, AI SDK %i', (_, packages) => {
  test.each(unread)('%s: a stream that nothing reads to its end is found', async (__, files) => {
    const { findings, fine } = await diagnoseProject(files, packages)
    const found = findings.filter(({ id }) => id === 'stream-unread')
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ file: 'server.ts', severity: 'error' })
    expect(found[0]?.add).toMatch(/^void \w+\.consumeStream\(\)/)
    expect(fine).not.toContain(isFine)
  })

  test.each(read)('%s: a stream that is read is fine', async (__, files) => {
    const diagnosis = await diagnoseProject(files, packages)
    expect(diagnosis.findings.map(inShort).filter((each) => each.includes('stream-'))).toEqual([])
    expect(diagnosis.fine).toContain(isFine)
  })

  test.each(none)('%s: nothing is reported', async (__, files) => {
    const diagnosis = await diagnoseProject(files, packages)
    expect(bad(diagnosis).filter((each) => each.includes('stream-'))).toEqual([])
  })
})

describe('AI SDK 4, which writes on when the reader has left', () => {
  test.each([
    ['text', express('result.pipeTextStreamToResponse(response)')],
    ['data', http('result.pipeDataStreamToResponse(response)')],
  ])('%s by Node: nothing is found', async (_, files) => {
    expect(bad(await diagnoseProject(files, aiSdk(4))).join()).not.toContain('stream-unread')
  })

  test('a response of the web is found', async () => {
    const files = hono('return result.toDataStreamResponse()')
    expect(bad(await diagnoseProject(files, aiSdk(4))).join()).toContain('error stream-unread')
  })
})
