import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { trace } from '@opentelemetry/api'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type Charge } from 'costspan'
import type { Express } from 'express'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startProvider, type LoopbackProvider } from '../loopback/provider.ts'

/*
 * Runs the blocks for raw clients of README, docs/guide/raw-clients.md and docs/guide/migrate.md. They name OpenAI's own
 * host, whose requests a provider on 127.0.0.1 answers here.
 */

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'test/raw-client-blocks')
const fetchOfNode = globalThis.fetch

let provider: LoopbackProvider
const charges: Charge[] = []
const printed: unknown[][] = []

function blocksOf(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code)
}

beforeAll(async () => {
  provider = await startProvider({
    reply: () => ({ text: 'Rayleigh', usage: { uncachedInput: 1_200, outputText: 350 } }),
  })
  vi.stubEnv('OPENAI_API_KEY', 'loopback')
  vi.stubGlobal('fetch', (input: string | URL | Request, init?: RequestInit) => {
    const address = String(input).replace('https://api.openai.com', `${provider.url}/openai`)
    return fetchOfNode(address, init)
  })
  vi.spyOn(console, 'log').mockImplementation((...line) => void printed.push(line))
})
beforeEach(() => {
  charges.length = 0
  printed.length = 0
  provider.calls.length = 0
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  await provider.close()
})

let modules = 0

/** Imports a block, with an `app.ts` beside it: Express, and middleware that knows the user. */
async function load(code: string): Promise<{ module: object; app: Express }> {
  const place = join(folder, String(modules++))
  mkdirSync(place, { recursive: true })
  writeFileSync(
    join(place, 'app.ts'),
    `import express from 'express'
export const app = express()
app.use(express.json(), (_request, { locals }, next) => {
  Object.assign(locals, { userId: 'user-1', user: { id: 'user-1', plan: 'pro' } })
  next()
})
`,
  )
  writeFileSync(join(place, 'block.ts'), code)
  const module = (await import(join(place, 'block.ts'))) as object
  const { app } = (await import(join(place, 'app.ts'))) as { app: Express }
  return { module, app }
}

async function post(app: Express): Promise<string> {
  const server = app.listen(0, '127.0.0.1')
  try {
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const response = await fetchOfNode(`http://127.0.0.1:${port}/api/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'Why is the sky blue?' }] }),
    })
    return await response.text()
  } finally {
    server.close()
  }
}

function billed(): number {
  return provider.calls[0]?.usd ?? Number.NaN
}

describe('without an OpenTelemetry SDK', () => {
  const block = blocksOf('README.md')[0] ?? ''

  test('the first block of README has at most six lines besides its imports', () => {
    expect(block).toContain('withCosts')
    const lines = block.split('\n').filter((line) => line !== '' && !/^(import |\/\/)/.test(line))
    expect(lines.length).toBeLessThanOrEqual(6)
  })

  test('it prints the user, and what the provider bills', async () => {
    const { app } = await load(block)
    expect(await post(app)).toContain('Rayleigh')
    expect(provider.calls).toHaveLength(1)
    expect(printed).toEqual([['user-1', expect.closeTo(billed(), 12)]])
  })

  test('so does the first block of docs/guide/raw-clients.md', async () => {
    const { app } = await load(blocksOf('docs/guide/raw-clients.md')[0] ?? '')
    expect(await post(app)).toContain('Rayleigh')
    expect(provider.calls).toHaveLength(1)
    expect(printed).toEqual([['user-1', expect.closeTo(billed(), 12)]])
  })
})

describe('with a tracer provider each block of docs/guide/migrate.md', () => {
  const blocks = blocksOf('docs/guide/migrate.md')

  beforeAll(() => {
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({
        spanProcessors: [new CostSpanProcessor({ onCharge: (charge) => charges.push(charge) })],
      }),
    )
  })

  test('is here', () => expect(blocks).toHaveLength(5))

  test.each(blocks.map((code, index) => [index + 1, code] as const))(
    '%i charges the user once what the provider bills',
    async (_, code) => {
      const { module, app } = await load(code)
      const { ask } = module as { ask?: (userId: string, text: string) => Promise<unknown> }
      const answer = ask ? JSON.stringify(await ask('user-1', 'Hello')) : await post(app)
      expect(answer).toContain('Rayleigh')
      expect(provider.calls).toHaveLength(1)
      expect(charges).toMatchObject([
        { status: 'priced', attribution: { userId: 'user-1', plan: 'pro' } },
      ])
      expect(charges[0]?.usd).toBeCloseTo(billed(), 12)
    },
  )
})
