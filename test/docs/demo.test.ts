import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { painter, wantsColour } from '../../examples/quickstart/paint.ts'
import { replyTo } from '../../examples/quickstart/provider-script.ts'
import { report } from '../../examples/quickstart/report.ts'
import { requests } from '../../examples/quickstart/requests.ts'
import { runDemo, type Run } from '../../examples/quickstart/run.ts'
import { callsIn, spendBy } from '../../examples/quickstart/spend.ts'
import type { ProviderUsage } from '../loopback/exchange.ts'

const plain = painter(false)
const root = join(import.meta.dirname, '../..')

describe('what arrives over OTLP', () => {
  let run: Run
  /** Who asked the question that is in a request, in the order in which the provider was asked. */
  const askers: string[] = []

  beforeAll(async () => {
    run = await runDemo((request) => {
      const body = JSON.stringify(request.body)
      const asked = requests.filter(({ text }) => body.includes(text))
      if (asked.length !== 1) throw new Error(`${asked.length} users asked: ${body}`)
      askers.push(asked[0]?.user?.userId ?? 'nobody')
      return replyTo(request)
    })
  })

  test('has one cost for every call that the provider served', () => {
    expect(callsIn(run.spans)).toHaveLength(run.served.length)
    expect(run.served).toHaveLength(29)
  })

  test('adds up to what the provider billed', () => {
    const billed = run.served.reduce((total, { usd }) => total + (usd ?? 0), 0)
    const spent = callsIn(run.spans).reduce((total, { usd }) => total + (usd ?? 0), 0)
    expect(billed).toBeGreaterThan(0.1)
    expect(Math.abs(spent - billed)).toBeLessThanOrEqual(1e-9)
    expect(report(run, plain).agrees).toBe(true)
  })

  test('adds up to what the provider billed for each user', () => {
    const groups = spendBy(callsIn(run.spans), ({ user }) => user ?? 'nobody')
    expect(groups.map(([name]) => name).toSorted()).toEqual([...new Set(askers)].toSorted())
    for (const [name, spend] of groups) {
      const served = run.served.filter((_, index) => askers[index] === name)
      const billed = served.reduce((total, { usd }) => total + (usd ?? 0), 0)
      expect({ name, calls: spend.calls }).toEqual({ name, calls: served.length })
      expect(Math.abs(spend.usd - billed)).toBeLessThanOrEqual(1e-9)
    }
  })

  test('names plan and tenant of every user', () => {
    for (const { user, plan, tenant } of callsIn(run.spans)) {
      const known = requests.find((request) => request.user?.userId === user)?.user
      expect({ user, plan, tenant }).toEqual({ user, plan: known?.plan, tenant: known?.tenantId })
    }
  })

  test('carries the tokens of every model', () => {
    for (const [model, spend] of spendBy(callsIn(run.spans), (call) => call.model)) {
      const used = run.served.filter((call) => call.model === model).map(({ usage }) => usage)
      const sum = (amount: (usage: ProviderUsage | undefined) => number) =>
        used.reduce((total, usage) => total + amount(usage), 0)
      expect({ model, in: spend.inputTokens, out: spend.outputTokens }).toEqual({
        model,
        in: sum((usage) => (usage?.uncachedInput ?? 0) + (usage?.cacheRead ?? 0)),
        out: sum((usage) => (usage?.outputText ?? 0) + (usage?.reasoning ?? 0)),
      })
    }
  })

  test('has no cost where the provider has no price', () => {
    const unpriced = callsIn(run.spans).filter(({ usd }) => usd === undefined)
    expect(unpriced.map(({ model }) => model)).toEqual(['gpt-next-beta', 'gpt-next-beta'])
  })

  test('does not agree when a cost is lost on the way', () => {
    const first = run.spans.findIndex(({ attributes }) => attributes['cost.usd'] !== undefined)
    const { text, agrees } = report({ ...run, spans: run.spans.toSpliced(first, 1) }, plain)
    expect(agrees).toBe(false)
    expect(text).toContain('✗')
  })
})

describe('the program', () => {
  let printed: string

  beforeAll(async () => {
    printed = await runProgram()
  })

  test('prints the table and the equal totals', () => {
    expect(printed).toMatch(
      /Total \$(\d\.\d{9}) {3}provider billed \$\1 {3}difference \S+ \(≤ 1e-9\) ✓/,
    )
    expect(printed).toMatch(/^ {2}tom +free +acme +\$0\.\d{6} +\d+%/m)
  })

  test('reports which calls have no price, and which have no user', () => {
    expect(printed).toMatch(/^Unpriced: .*\n {2}2 calls to gpt-next-beta by liam in "beta"/m)
    expect(printed).toMatch(/^Unattributed: .*\n {2}1 call for \$0\.\d{6} in "nightly digest"/m)
    expect(printed).toMatch(/^Left out on both sides: 2 calls to gpt-next-beta/m)
  })

  test('prints nothing that is no text', () => {
    expect(printed).not.toContain('\u001b')
    expect(printed).not.toMatch(/undefined|NaN|null|\[object/)
  })

  test('fits a terminal of 80 by 40', () => {
    const lines = printed.split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(lines.length).toBeLessThanOrEqual(40)
  })
})

test.each([
  ['a terminal', { isTTY: true }, {}, true],
  ['a terminal, with NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }, false],
  ['a pipe', {}, {}, false],
])('colour for %s', (_, stream, environment, expected) => {
  expect(wantsColour(stream, environment as NodeJS.ProcessEnv)).toBe(expected)
})

/** Of the shell that starts the demo: nothing of it may matter. */
const env = {
  OTEL_TRACES_SAMPLER: 'always_off',
  OPENAI_BASE_URL: 'http://192.0.2.1',
  OPENAI_API_KEY: '',
}

/** The demo as a process of its own, on the sources. */
async function runProgram(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'costspan-demo-'))
  try {
    const config = join(directory, 'tsconfig.json')
    const paths = { costspan: [join(root, 'src/index.ts')] }
    writeFileSync(config, JSON.stringify({ compilerOptions: { paths } }))
    const tsx = createRequire(import.meta.url).resolve('tsx/cli')
    const commandLine = [tsx, '--tsconfig', config, join(root, 'examples/quickstart/demo.ts')]
    const { stdout, stderr } = await promisify(execFile)(process.execPath, commandLine, { env })
    // The app has a model without a price and a job without a user on purpose.
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^costspan: no price for model "gpt-next-beta" of provider "openai"/),
      expect.stringMatching(/^costspan: a call, span "chat gpt-4o-mini", names no user/),
    ])
    return stdout
  } finally {
    rmSync(directory, { recursive: true })
  }
}
