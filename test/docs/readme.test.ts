import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor } from 'costspan'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { painter } from '../../examples/quickstart/paint.ts'
import { report } from '../../examples/quickstart/report.ts'
import { runDemo } from '../../examples/quickstart/run.ts'
import { documentedFiles } from '../serverless/documented.ts'
import { startBackend } from '../install/backend.ts'
import { startProvider } from '../loopback/provider.ts'
import { loadFixtures } from '../support/fixtures.ts'
import { CopyingExporter } from '../support/pipeline.ts'
import { replay } from '../support/replay.ts'

const root = join(import.meta.dirname, '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

interface Block {
  language: string
  code: string
}

/** Every page below docs, and those of the examples. */
const pages = ['docs', 'examples'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !path.includes('node_modules'))
    .map((path) => `${folder}/${path}`),
)

function blocksIn(text: string): Block[] {
  return [...text.matchAll(/^ *```(.*)\n([\s\S]*?)^ *```$/gm)].map(
    ([, language = '', code = '']) => ({
      language,
      code,
    }),
  )
}

const readmeBlocks = blocksIn(readme)
/** `npm run test:install` compiles this page, with the packages that its commands install. */
const INSTALL_PAGE = 'docs/guide/install.md'
const pageBlocks = pages
  .filter((page) => page !== INSTALL_PAGE)
  .flatMap((page) => blocksIn(readFileSync(join(root, page), 'utf8')))

function blocksOf(language: string): string[] {
  return [...readmeBlocks, ...pageBlocks]
    .filter((block) => block.language === language)
    .map(({ code }) => code)
}

/** The text block of a page behind a comment that begins so: `test: the attributes …`. */
function shown(page: string, comment: string): string {
  const text = readFileSync(join(root, page), 'utf8')
  const at = text.indexOf(`<!-- test: ${comment}`)
  if (at === -1) throw new Error(`${page} shows nothing behind "${comment}"`)
  return (blocksIn(text.slice(at))[0]?.code ?? '').trimEnd()
}

/** A block of README by the file that its first line names, without that line. */
function fileOfReadme(name: string): string {
  const first = `// ${name}\n`
  const block = readmeBlocks.find(({ code }) => code.startsWith(first))
  if (block === undefined) throw new Error(`README has no ${name}`)
  return block.code.slice(first.length)
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
    writeFileSync(
      join(folder, 'app.ts'),
      "import type { Express } from 'express'\nexport declare const app: Express\n",
    )
    // What other blocks of its page import.
    for (const [name, code] of documentedFiles()) {
      if (!name.includes('/')) writeFileSync(join(folder, name), code)
    }
    if (blocksOf('ts').length < 45) throw new Error('the pages have lost their blocks')
    if (blocksOf('ts raw').length !== 1) throw new Error('the block of raw clients is gone')
    const all = [...blocksOf('ts'), ...blocksOf('ts raw')]
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
      allowImportingTsExtensions: true,
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
    expect(blocksOf('ts ai-6').length).toBeGreaterThan(0)
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' })
    expect(stdout).toBe('')
  })
})

test('every command is one the project has', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const contributing = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
  const text = `${readme}${contributing}`
  const commands = [...text.matchAll(/npm (?:run (?:-s )?([\w:]+)|(?:test)\b)/g)].map(
    ([, name = 'test']) => name,
  )
  expect(commands).toEqual(expect.arrayContaining(['demo', 'test', 'span', 'record']))
  for (const name of commands) expect(scripts).toHaveProperty([name])
})

test('README stays short: below 200 lines and 1,200 words', () => {
  expect(readme.trimEnd().split('\n').length).toBeLessThan(200)
  expect(readme.trim().split(/\s+/).length).toBeLessThan(1_200)
})

describe('examples/ai-sdk', () => {
  const files = ['telemetry.ts', 'chat.ts']
  const example = (name: string): string =>
    readFileSync(join(root, 'examples/ai-sdk', name), 'utf8')

  test.each(files)('%s is the recipe of README', (name) => {
    expect(example(name)).toBe(fileOfReadme(name))
  })

  test('has fewer than 30 lines', () => {
    const lines = files.flatMap((name) => example(name).trimEnd().split('\n'))
    expect(lines.length).toBeLessThan(30)
  })

  test('makes a call that arrives at a backend, with its user and what the provider billed', async () => {
    const provider = await startProvider({
      reply: () => ({ text: 'Rayleigh scattering.', usage: { uncachedInput: 12, outputText: 30 } }),
    })
    const backend = await startBackend()
    try {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', 'examples/ai-sdk/chat.ts'],
        {
          cwd: root,
          env: {
            ...process.env,
            OPENAI_BASE_URL: `${provider.url}/openai/v1`,
            OPENAI_API_KEY: 'loopback',
            OTEL_EXPORTER_OTLP_ENDPOINT: backend.url,
          },
        },
      )
      expect(stdout).toContain('Rayleigh scattering.')
      expect(provider.calls).toHaveLength(1)
      const costs = await backend.arrived('u_42')
      expect(costs).toHaveLength(1)
      expect(costs[0]).toBeCloseTo(provider.calls[0]?.usd ?? Number.NaN, 12)
    } finally {
      await Promise.all([provider.close(), backend.close()])
    }
  }, 60_000)
})

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
  const [name, ...lines] = shown('README.md', 'the attributes').split('\n')
  expect(name).toBe(leaf?.name)
  const pairs = lines.map((line) => line.trim().split(/\s+/))
  expect(pairs.length).toBeGreaterThan(5)
  for (const [key = '', value] of pairs)
    expect(`${key} ${String(leaf?.attributes[key])}`).toBe(`${key} ${value}`)
})

test('the table that it shows is what the demo prints', async () => {
  const { text } = report(await runDemo(), painter(false))
  expect(text).toContain(shown('README.md', 'the first lines that examples/quickstart'))
}, 60_000)

test('the rate card and the sum that it shows are what the command prints', () => {
  const line = blocksOf('sh').find((code) => code.startsWith('npx costspan price')) ?? ''
  const args = line.trim().split(' ').slice(2)
  // On the day of the catalogue: a later one may see a price change.
  const command = [join(root, 'dist/cli.js'), ...args, '--at', '2026-11-24']
  const printed = execFileSync(process.execPath, command, { encoding: 'utf8' })
  expect(printed).toContain(shown('docs/guide/prices.md', 'what `costspan price'))
})

test('what it shows of the doctor is what that prints of the set-up for Next.js, with two defects', () => {
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
    writeFileSync(
      join(folder, 'instrumentation.ts'),
      fileOfReadme('instrumentation.ts').replace('{ usage: true, providerMetadata: true }', ''),
    )
    writeFileSync(
      join(route, 'route.ts'),
      fileOfReadme('app/api/chat/route.ts').replace(
        /^.*(after\(|next\/server|authenticate').*\n/gm,
        '',
      ),
    )
    const printed = spawnSync(process.execPath, [join(root, 'dist/cli.js'), 'doctor', folder], {
      encoding: 'utf8',
    })
    expect(printed.stdout).toContain(shown('docs/guide/set-up.md', 'what `costspan doctor`'))
    expect(printed.status).toBe(1)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
