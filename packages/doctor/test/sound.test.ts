import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { diagnose } from 'costspan-doctor'
import { afterAll, describe, expect, test } from 'vitest'
import {
  aiSdk,
  bad,
  call,
  diagnoseProject,
  nextjs,
  otel,
  removeProjects,
  root,
  sound,
  soundNext,
  type Files,
} from './project.ts'

afterAll(removeProjects)

function blocksOf(page: string): { language: string; code: string }[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
    language,
    code,
  }))
}

const setUpPages = ['README.md', 'docs/guide/set-up.md', 'docs/backends/langfuse.md']

/** The block of README, or of the pages on setting up, that holds a text. */
function block(...parts: string[]): string {
  const found = setUpPages
    .flatMap(blocksOf)
    .find(({ code }) => parts.every((part) => code.includes(part)))
  if (found === undefined) throw new Error(`no page has a block with ${parts.join(', ')}`)
  return found.code
}

const plain = block('AsyncLocalStorageContextManager', 'envDetector')
const recipe = block('registerTelemetry(new', 'BasicTracerProvider')
const registered = block('registerTelemetry(new OpenTelemetry({ usage: true', 'registerOTel(')
const onSdk7 = blocksOf('docs/guide/set-up.md').find(({ code }) =>
  code.includes('registerTelemetry(new'),
)
const authenticate = 'export declare function authenticate(request: Request): Promise<never>\n'

describe('the set-ups of README and guide have nothing worse than a note', () => {
  const setups: [string, Files, object][] = [
    [
      'Next.js',
      {
        'instrumentation.ts': registered,
        'app/api/chat/route.ts': block('after(', 'streamText'),
        'app/api/chat/authenticate.ts': authenticate,
      },
      nextjs,
    ],
    [
      'the recipe',
      { 'telemetry.ts': recipe, 'chat.ts': block('generateText', "from './telemetry.ts'") },
      aiSdk(7),
    ],
    [
      'a backend by name',
      {
        'instrumentation.ts': block("sendTo('langfuse')"),
        'app/api/chat/route.ts': block('after(', 'streamText'),
        'app/api/chat/authenticate.ts': authenticate,
      },
      nextjs,
    ],
    [
      'the plain SDK and AI SDK 7',
      { 'telemetry.ts': plain, 'ai.ts': onSdk7?.code ?? '', 'answer.ts': call },
      aiSdk(7),
    ],
    ...([4, 5, 6] as const).map((major): [string, Files, object] => [
      `the plain SDK and AI SDK ${major}`,
      { 'telemetry.ts': plain, 'answer.ts': block('attributedTo(', 'generateText') },
      aiSdk(major),
    ]),
  ]
  test.each(setups)('%s', async (_, files, packages) => {
    const diagnosis = await diagnoseProject(files, packages as never)
    expect(diagnosis.files).toBeGreaterThan(1)
    expect(bad(diagnosis)).toEqual([])
    expect(diagnosis.fine).toContainEqual(expect.stringContaining('CostSpanProcessor is set up'))
  })

  test('are found at all', () => expect(onSdk7?.code).toContain('usage: true'))
})

const pages = [
  'README.md',
  'docs/guide/set-up.md',
  'docs/guide/streams.md',
  'docs/guide/other-processors.md',
  ...pagesIn('docs/backends'),
]

function pagesIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
}

describe('every block of code of a page has nothing worse than a note', () => {
  const blocks = pages.flatMap((page) =>
    blocksOf(page)
      .filter(({ language }) => /^[jt]s\b/.test(language))
      .map(({ language, code }, index) => [`${page}, block ${index + 1}`, language, code] as const),
  )

  test.each(blocks)('%s', async (_, language, code) => {
    const isNext = code.includes('@vercel/otel') || code.includes('next/server')
    const packages = language === 'ts ai-6' ? aiSdk(6) : isNext ? nextjs : aiSdk(7)
    const isCall = code.includes("from 'ai'") && !code.includes('registerTelemetry')
    const rest: Files = isCall ? (packages['@ai-sdk/otel'] ? sound : { 'telemetry.ts': plain }) : {}
    expect(bad(await diagnoseProject({ ...rest, 'block.ts': code }, packages))).toEqual([])
  })
})

test.each(['examples/nextjs', 'examples/quickstart'])(
  '%s has nothing worse than a note',
  async (directory) => {
    const diagnosis = await diagnose({ directory: join(root, directory) })
    expect(diagnosis.files).toBeGreaterThan(2)
    expect(bad(diagnosis)).toEqual([])
  },
)

test.each([
  ['AI SDK 7 on the plain SDK', sound, aiSdk(7)],
  ['Next.js', soundNext, nextjs],
])('%s, as it should be, has no finding at all', async (_, files, packages) => {
  const { findings, fine } = await diagnoseProject(files, packages)
  expect(findings).toEqual([])
  expect(fine.length).toBeGreaterThan(5)
})

test('a project without AI and OpenTelemetry gets one finding: costspan is missing', async () => {
  const { findings } = await diagnoseProject({ 'index.ts': 'export const one = 1\n' })
  expect(findings.map(({ id }) => id)).toEqual(['costspan-missing'])
})

test('what was looked at is named with its version', async () => {
  const { packages } = await diagnoseProject(soundNext, nextjs)
  const names = packages.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['costspan', 'AI SDK', '@vercel/otel', 'Next.js']))
  for (const { version } of packages) expect(version).toMatch(/^\d+\.\d+\.\d+/)
})

test('a library that is set up by its application has nothing worse than a note', async () => {
  const library = "import { withAttribution } from 'costspan'\nexport const run = withAttribution\n"
  expect(bad(await diagnoseProject({ 'index.ts': library }, otel))).toEqual([])
})
