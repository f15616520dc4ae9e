import { afterAll, describe, expect, test } from 'vitest'
import {
  diagnoseProject,
  inShort,
  nextjs,
  removeProjects,
  soundNext,
  type Files,
} from './project.ts'

afterAll(removeProjects)

const head =
  "import { openai } from '@ai-sdk/openai'\nimport { streamText } from 'ai'\nimport { withAttribution } from 'costspan'\nimport { after } from 'next/server'\n"

/** A route that reads its stream to the end, with this before the call and this among its options. */
function route(signature: string, before: string, option: string): Files {
  return {
    ...soundNext,
    'app/api/chat/route.ts': `${head}
export async function POST(${signature}) {
  return withAttribution({ userId: 'u_42' }, async () => {
    ${before}
    const result = streamText({ model: openai('gpt-4o'), prompt: 'x', ${option} })
    after(async () => result.consumeStream())
    return result.toUIMessageStreamResponse()
  })
}
`,
  }
}

const aborted: readonly (readonly [what: string, files: Files])[] = [
  ['of the request', route('request: Request', '', 'abortSignal: request.signal')],
  ['of the request, by another name', route('req: Request', '', 'abortSignal: req.signal,')],
  [
    'of a constant',
    route('request: Request', 'const abort = request.signal', 'abortSignal: abort'),
  ],
  [
    'that is taken out',
    route('request: Request', 'const { signal } = request', 'abortSignal: signal'),
  ],
  [
    'that is taken out under another name',
    route('request: Request', 'const { signal: abortSignal } = request', 'abortSignal'),
  ],
  ['that is taken out of a parameter', route('{ signal }: Request', '', 'abortSignal: signal')],
  [
    'with a time-out',
    route(
      'request: Request',
      '',
      'abortSignal: AbortSignal.any([request.signal, AbortSignal.timeout(9000)])',
    ),
  ],
  ["of Hono's request", route('c: any', '', 'abortSignal: c.req.raw.signal')],
  [
    'with a condition',
    route('request: Request', '', 'abortSignal: process.env.STOP ? request.signal : undefined'),
  ],
  [
    'of a controller that follows the request',
    route(
      'request: Request',
      "const own = new AbortController()\n    request.signal.addEventListener('abort', () => own.abort())",
      'abortSignal: own.signal',
    ),
  ],
  [
    'of options that have a name',
    route(
      'request: Request',
      "const options = { model: openai('gpt-4o'), abortSignal: request.signal }",
      '',
    ),
  ],
]
const named = aborted.at(-1)?.[1]['app/api/chat/route.ts'] ?? ''
const byName = {
  ...soundNext,
  'app/api/chat/route.ts': named.replace(/streamText\(\{.*\}\)/, 'streamText(options)'),
}

const fine: readonly (readonly [what: string, files: Files])[] = [
  ['none', soundNext],
  ['a time-out', route('request: Request', '', 'abortSignal: AbortSignal.timeout(60_000)')],
  [
    'a controller of its own',
    route('request: Request', 'const own = new AbortController()', 'abortSignal: own.signal'),
  ],
  ['a comment', route('request: Request', '// abortSignal: request.signal', '')],
  [
    'the signal for something else',
    route('request: Request', "await fetch('https://example.com', { signal: request.signal })", ''),
  ],
]

const isFine = 'streams are read to their end'

describe('the abort signal of a stream that is read to its end', () => {
  test.each([...aborted.slice(0, -1), ['of options that have a name', byName] as const])(
    '%s is an error',
    async (_, files) => {
      const diagnosis = await diagnoseProject(files, nextjs)
      expect(diagnosis.findings.map(inShort)).toEqual([
        expect.stringMatching(/^error stream-aborted app\/api\/chat\/route\.ts:\d+ /),
      ])
      expect(diagnosis.fine).not.toContain(isFine)
    },
  )

  test.each(fine)('%s is fine', async (_, files) => {
    const diagnosis = await diagnoseProject(files, nextjs)
    expect(diagnosis.findings.map(inShort)).toEqual([])
    expect(diagnosis.fine).toContain(isFine)
  })

  test('of a parameter that is not followed is no finding, and not fine', async () => {
    const diagnosis = await diagnoseProject(
      route('_: Request, abortSignal: AbortSignal', '', 'abortSignal'),
      nextjs,
    )
    expect(diagnosis.findings.map(inShort)).toEqual([])
    expect(diagnosis.fine).not.toContain(isFine)
  })

  test('the second stream of a file is looked at by itself', async () => {
    const text = soundNext['app/api/chat/route.ts'] ?? ''
    const second = text
      .slice(text.indexOf('export'))
      .replace('POST', 'PUT')
      .replace(/ +after\(.*\n/, '')
    const diagnosis = await diagnoseProject(
      { ...soundNext, 'app/api/chat/route.ts': text + second },
      nextjs,
    )
    expect(diagnosis.findings.map(({ id }) => id)).toEqual(['stream-unread'])
    expect(diagnosis.fine).not.toContain(isFine)
  })
})

test('a stream whose provider has costFetch is estimated, so that an abort or a reader who leaves is a note', async () => {
  const withFetch = (files: Files): Files =>
    Object.fromEntries(
      Object.entries(files).map(([path, code]) => [
        path,
        code
          .replace(
            "import { openai } from '@ai-sdk/openai'\n",
            "import { createOpenAI } from '@ai-sdk/openai'\nimport { costFetch } from 'costspan/clients'\nconst openai = createOpenAI({ fetch: costFetch() })\n",
          )
          .replace(/^ *after\(.*\n/m, ''),
      ]),
    )
  const { findings } = await diagnoseProject(
    withFetch(route('request: Request', '', 'abortSignal: request.signal')),
    nextjs,
  )
  const found = findings.filter(({ id }) => id.startsWith('stream-'))
  expect(found.map(({ id, severity }) => `${id} ${severity}`).toSorted()).toEqual([
    'stream-aborted note',
    'stream-unread note',
  ])
  for (const { message } of found) expect(message).toContain('an estimate')
})
