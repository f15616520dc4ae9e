import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor } from 'costspan'
import type { Express } from 'express'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { forgetSetUp } from '../support/self-check-suite.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/reference/self-check.md'), 'utf8')
const blocks = new Map(
  [...page.matchAll(/^```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)^```$/gm)].map(
    ([, name = '', code = '']) => [name, code],
  ),
)
// A name that linters, the formatter and git pass over.
const folder = join(import.meta.dirname, '.next/documented')

beforeAll(() => {
  for (const [name, code] of blocks) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), code)
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(() => {
  forgetSetUp()
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new CostSpanProcessor()] }),
  )
})
afterEach(forgetSetUp)

interface Answer {
  status: number
  body: unknown
}

async function fromNextJs(): Promise<Answer> {
  const route = (await import(/* @vite-ignore */ join(folder, 'app/health/costs/route.ts'))) as {
    GET(): Response
  }
  const response = route.GET()
  return { status: response.status, body: await response.json() }
}

async function fromExpress(): Promise<Answer> {
  const { app } = (await import(/* @vite-ignore */ join(folder, 'health.ts'))) as { app: Express }
  const server = app.listen(0, '127.0.0.1')
  try {
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const response = await fetch(`http://127.0.0.1:${port}/health/costs`)
    return { status: response.status, body: await response.json() }
  } finally {
    server.close()
  }
}

test.each([
  ['Next.js', fromNextJs],
  ['Express', fromExpress],
])(
  'the documented route of %s answers what the page shows, and 200 once it is corrected',
  async (_, answer) => {
    const [, shown = ''] =
      /<!-- test: what the route answers .*?```json\n(.*?)```/s.exec(page) ?? []
    expect(await answer()).toEqual({ status: 503, body: JSON.parse(shown) as unknown })
    context.setGlobalContextManager(new AsyncLocalStorageContextManager())
    expect(await answer()).toEqual({ status: 200, body: { findings: [] } })
  },
)

test('the page has a row for each finding that the source declares', () => {
  const source = readFileSync(join(root, 'src/diagnostics/finding.ts'), 'utf8')
  const declared = [...source.matchAll(/^ {2}\| '([\w-]+)'$/gm)].map(([, id]) => id)
  const rows = [...page.matchAll(/^\| `([\w-]+)` \| (?:error|warning) \|/gm)].map(([, id]) => id)
  expect(declared.length).toBeGreaterThan(7)
  expect(rows).toEqual(declared)
})

test('a finding has the id of the doctor, but for the one that no file shows', () => {
  const doctor = readFileSync(join(root, 'packages/doctor/src/finding.ts'), 'utf8')
  const rows = [...page.matchAll(/^\| `([\w-]+)` \| (?:error|warning) \|/gm)].map(([, id]) => id)
  expect(rows.filter((id) => !doctor.includes(`'${id}'`))).toEqual(['unread-usage'])
})
