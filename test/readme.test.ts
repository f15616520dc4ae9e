import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor } from 'costspan'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { painter } from '../examples/quickstart/paint.ts'
import { report } from '../examples/quickstart/report.ts'
import { runDemo } from '../examples/quickstart/run.ts'
import { documentedFiles } from './flush/documented.ts'
import { loadFixtures } from './support/fixtures.ts'
import { CopyingExporter } from './support/pipeline.ts'
import { replay } from './support/replay.ts'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

interface Block {
  language: string
  code: string
}

const pages = [
  'docs/guide/other-processors.md',
  'docs/guide/serverless.md',
  'docs/guide/broken-calls.md',
  'docs/reference/doctor.md',
  'docs/guide/ledger.md',
  'docs/reference/reliability.md',
  'docs/guide/queues.md',
  ...markdownIn('docs/backends'),
]

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
}

function blocksIn(text: string): Block[] {
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
    language,
    code,
  }))
}

const blocks = blocksIn(readme)

function blocksOf(language: string): string[] {
  return blocks.filter((block) => block.language === language).map(({ code }) => code)
}

describe('every TypeScript block compiles', () => {
  // Inside the project, so that packages resolve as they do for a user.
  const folder = join(root, 'test/readme-blocks')

  beforeAll(() => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(
      join(folder, 'authenticate.ts'),
      'type User = { id: string; organisation: string; plan: string }\n' +
        'export declare function authenticate(request: Request): Promise<{ user: User; prompt: string }>\n',
    )
    // What other blocks of its page import.
    for (const [name, code] of documentedFiles()) {
      if (!name.includes('/')) writeFileSync(join(folder, name), code)
    }
    const inPages = pages
      .flatMap((page) => blocksIn(readFileSync(join(root, page), 'utf8')))
      .filter(({ language }) => language === 'ts')
      .map(({ code }) => code)
    if (inPages.length < 10) throw new Error('the pages have lost their blocks')
    const ofRawClients = blocksIn(readFileSync(join(root, 'docs/guide/install.md'), 'utf8'))
      .filter(({ language }) => language === 'ts raw')
      .map(({ code }) => code)
    if (ofRawClients.length !== 1) throw new Error('docs/guide/install.md has lost its block')
    const all = [...blocksOf('ts'), ...inPages, ...ofRawClients]
    all.forEach((code, index) => writeFileSync(join(folder, `block-${index}.ts`), code))
    blocksOf('ts ai-6').forEach((code, index) => {
      const onAiSdk6 = code.replace("'ai'", "'ai-6'").replace("'@ai-sdk/openai'", "'openai-6'")
      writeFileSync(join(folder, `block-ai-6-${index}.ts`), onAiSdk6)
    })
    const compilerOptions = {
      module: 'esnext',
      moduleResolution: 'bundler',
      target: 'es2023',
      lib: ['es2023', 'dom'],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      moduleDetection: 'force',
      types: ['node'],
    }
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, include: ['*.ts'] }),
    )
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('with the types that are published', () => {
    expect(blocksOf('ts').length + blocksOf('ts ai-6').length).toBeGreaterThan(6)
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const compile = (): string =>
      execFileSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' })
    expect(compile()).toBe('')
  })
})

test('every command is one the project has', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const commands = [...readme.matchAll(/npm (?:run )?(demo|test|bench|\w+:\w+)\b/g)].map(
    ([, name = '']) => name,
  )
  expect(commands).toContain('demo')
  for (const name of commands) expect(scripts).toHaveProperty([name])
})

test('every heading that is linked to exists', () => {
  const anchors = [...readme.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor)
  const headings = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase().replaceAll(' ', '-'),
  )
  expect(anchors.length).toBeGreaterThan(0)
  for (const anchor of anchors) expect(headings).toContain(anchor)
})

test.each(['README.md', ...pages, 'examples/collector/README.md', 'examples/nextjs/README.md'])(
  'every file that %s links to exists',
  (page) => {
    const text = readFileSync(join(root, page), 'utf8')
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(
      ([, path = '']) => path,
    )
    expect(links.filter((path) => !existsSync(join(root, dirname(page), path)))).toEqual([])
  },
)

test('the span that it shows is the one that comes out', async () => {
  const scenario = loadFixtures()
    .find(({ lane, provider }) => lane === 'ai-7' && provider === 'openai-chat')
    ?.scenarios.find(({ name }) => name === 'cached prompt with reasoning, stream text')
  if (scenario === undefined) throw new Error('the fixture of the README is gone')
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  const exporter = new CopyingExporter()
  const provider = new BasicTracerProvider({
    spanProcessors: [new CostSpanProcessor(), new SimpleSpanProcessor(exporter)],
  })
  replay(provider.getTracer('readme'), scenario)
  await provider.shutdown()
  const leaf = exporter.spans.find(({ attributes }) => attributes['cost.usd'] !== undefined)
  const shown = (blocksOf('text')[0] ?? '').trimEnd().split('\n')
  expect(shown[0]).toBe(leaf?.name)
  const pairs = shown.slice(1).map((line) => line.trim().split(/\s+/))
  expect(pairs.length).toBeGreaterThan(5)
  for (const [name = '', value] of pairs)
    expect(`${name} ${String(leaf?.attributes[name])}`).toBe(`${name} ${value}`)
})

test('the table that it shows is what the demo prints', async () => {
  const { text } = report(await runDemo(), painter(false))
  expect(text).toContain((blocksOf('text')[1] ?? '').trimEnd())
}, 60_000)

test('the rate card and the sum that it shows are what the command prints', () => {
  const line = blocksOf('sh').find((code) => code.startsWith('npx costspan price')) ?? ''
  const args = line.trim().split(' ').slice(2)
  // On the day of the catalogue: a later one may see a price change.
  const command = [join(root, 'dist/cli.js'), ...args, '--at', '2026-11-24']
  const printed = execFileSync(process.execPath, command, { encoding: 'utf8' })
  expect(printed).toContain((blocksOf('text')[3] ?? 'nothing is shown').trimEnd())
})

test('what it shows of the doctor is what that prints of the set-up at the top, with two defects', () => {
  // Inside the project, so that packages resolve as they do for a user.
  const folder = join(root, 'test/readme-doctor')
  const route = join(folder, 'app/api/chat')
  try {
    mkdirSync(route, { recursive: true })
    const dependencies = {
      ai: '*',
      costspan: '*',
      '@ai-sdk/otel': '*',
      '@vercel/otel': '*',
      next: '*',
    }
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ dependencies }))
    const [setUp = '', handler = ''] = blocksOf('ts')
    const withoutFirstLine = (code: string): string => code.slice(code.indexOf('\n') + 1)
    writeFileSync(
      join(folder, 'instrumentation.ts'),
      withoutFirstLine(setUp).replace('{ usage: true, providerMetadata: true }', ''),
    )
    writeFileSync(
      join(route, 'route.ts'),
      withoutFirstLine(handler).replace(/^.*(after\(|next\/server|authenticate').*\n/gm, ''),
    )
    const printed = spawnSync(process.execPath, [join(root, 'dist/cli.js'), 'doctor', folder], {
      encoding: 'utf8',
    })
    expect(printed.stdout).toContain((blocksOf('text')[2] ?? 'nothing is shown').trimEnd())
    expect(printed.status).toBe(1)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
