import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { replyTo } from '../../examples/nextjs/demo/answers.mts'
import { startPaced, type Paced } from '../../examples/nextjs/demo/paced.mts'
import { startProvider, type LoopbackProvider } from '../loopback/provider.ts'
import { startReceiver, type ReceivedSpan, type Receiver } from '../loopback/receiver.ts'
import { buildNextApp, startNextApp, type NextApp } from '../nextjs/next-app.ts'
import { freePort } from '../support/free-port.ts'
import { startChromium, type Chromium, type Page } from './chromium.ts'
import { LOWEST_CONTRAST } from './chat-contrast.ts'
import {
  answerOf,
  answerWithCost,
  send,
  shownDollars,
  signIn,
  stopAfter,
  textOf,
} from './chat-page.ts'
import { temporaryFolder } from './install.ts'
import { startServer } from './server.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/nextjs', import.meta.url))
const SCREENSHOT = fileURLToPath(new URL('../../docs/images/nextjs-chat.png', import.meta.url))

const SKY = 'Why is the sky blue?'
const BILL = 'Who pays for this?'
const HAIKU = 'Write a haiku about an invoice'
const INFLATION = 'Explain inflation to a child'
const BROKEN = 'Please break off'

/** Every question is asked once, so that the provider's books can be read by user. */
const ASKED_BY = {
  [SKY]: 'ada',
  [BILL]: 'ada',
  [HAIKU]: 'grace',
  [INFLATION]: 'grace',
  [BROKEN]: 'grace',
}
const CALLS = Object.keys(ASKED_BY).length

/** So slow that an answer of thirty events can be stopped on a busy machine, too. */
const MILLISECONDS_BETWEEN_EVENTS = 120
const TOLERANCE = 1e-9

let provider: LoopbackProvider
let paced: Paced
let receiver: Receiver
let app: NextApp
let chromium: Chromium
let ada: Page
let grace: Page
/** Who asked for each of the provider's calls, in their order. */
const askers: string[] = []

beforeAll(async () => {
  provider = await startProvider({
    reply(request) {
      const asked = JSON.stringify(request.body)
      askers.push(Object.entries(ASKED_BY).find(([question]) => asked.includes(question))![1])
      return replyTo(request)
    },
  })
  paced = await startPaced(provider.url, MILLISECONDS_BETWEEN_EVENTS)
  receiver = await startReceiver()
  await buildNextApp()
  app = await startNextApp({
    OPENAI_BASE_URL: `${paced.url}/openai`,
    OPENAI_API_KEY: 'loopback',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '100',
  })
  chromium = await startChromium()
  ada = await openPage(app.url)
  grace = await openPage(app.url)
}, 600_000)

afterAll(async () => {
  await chromium?.close()
  await app?.close()
  await receiver?.close()
  paced?.close()
  await provider?.close()
})

describe('the chat of examples/nextjs in Chromium', { timeout: 60_000 }, () => {
  test('shows each of two users what an answer cost, below it', async () => {
    await Promise.all([signIn(ada, 'ada'), signIn(grace, 'grace')])
    await Promise.all([send(ada, SKY), send(grace, HAIKU)])
    const answers = await Promise.all([answerWithCost(ada, 1), answerWithCost(grace, 1)])

    expect(answers[0].text).toMatch(/^Sunlight is .* is red\.$/)
    expect(answers[1].text).toContain('The bill knows their names.')
    expect(billed('ada')).toBeGreaterThan(0.001)
    expect(answers[0].usd).toBeCloseTo(billed('ada'), 9)
    expect(answers[1].usd).toBeCloseTo(billed('grace'), 9)
  })

  test('shows what an answer cost that was stopped, which is that of the whole one', async () => {
    const before = billed('grace')
    await Promise.all([send(grace, INFLATION), send(ada, BILL)])
    await stopAfter(grace, 120, 2)
    const stopped = await answerOf(grace, 2)
    const known = await answerWithCost(grace, 2)

    expect(stopped.text).toMatch(/^Imagine that everybody/)
    expect(stopped.text).not.toContain('worth less.')
    expect(stopped.cost).toBe('Stopped. The model still writes, and that is billed.')
    expect(known.text).toBe(stopped.text)
    expect(known.usd).toBeCloseTo(billed('grace') - before, 9)
    expect((await answerWithCost(ada, 2)).text).toMatch(/on the span\.$/)
  })

  test('shows the cost of an answer that broke off as unknown, and not as $0', async () => {
    await send(grace, BROKEN)
    const answer = await answerWithCost(grace, 3)

    expect(answer).toEqual({ text: expect.stringMatching(/^I am/), cost: 'cost unknown' })
    expect(await textOf(grace, '.total')).toContain('1 of unknown cost')
    expect(await textOf(grace, '[data-user=grace]')).toContain('3 calls, 1 unknown')
  })

  test('sends spans whose sum is, for each user, what the provider billed', async () => {
    const calls = await receiver.waitFor(CALLS, isCall)

    const unknown = calls.filter(({ attributes }) => attributes['cost.status'] === 'unknown_usage')
    expect(calls).toHaveLength(CALLS)
    expect(unknown).toHaveLength(1)
    expect(calls.filter(({ attributes }) => 'cost.usd' in attributes)).toHaveLength(CALLS - 1)
    for (const user of ['ada', 'grace']) {
      const own = calls.filter(({ attributes }) => attributes['user.id'] === user)
      const costs = own.map(({ attributes }) => (attributes['cost.usd'] as number | undefined) ?? 0)
      expect(own).toHaveLength(askers.filter((asker) => asker === user).length)
      expect(Math.abs(sum(costs) - billed(user))).toBeLessThanOrEqual(TOLERANCE)
    }
    const plans = calls.map(
      ({ attributes }) => `${attributes['user.id']} ${attributes['cost.plan']}`,
    )
    expect(new Set(plans)).toEqual(new Set(['ada pro', 'grace free']))
  })

  test.each(['ada', 'grace'])('shows the same dollars on the page of %s', async (user) => {
    const page = user === 'ada' ? ada : grace
    const byUser = await shownDollars(page, '[data-user]')
    const byPlan = await shownDollars(page, '.plans li')

    expect(Object.keys(byUser)).toEqual(['ada', 'grace'])
    expect(byUser['ada']).toBeCloseTo(billed('ada'), 9)
    expect(byUser['grace']).toBeCloseTo(billed('grace'), 9)
    expect(byPlan).toEqual({ pro: byUser['ada'], free: byUser['grace'] })
    expect(await textOf(page, '.total')).toContain(
      `$${(billed('ada') + billed('grace')).toFixed(6)}`,
    )
  })

  test.each(['light', 'dark'])('fits a phone, in %s', async (scheme) => {
    await ada.setViewport({ width: 360, height: 740 })
    await ada.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])

    expect(await ada.evaluate('document.documentElement.scrollWidth')).toBe(360)
    const bottom = `document.querySelector('.composer').getBoundingClientRect().bottom`
    expect(await ada.evaluate(bottom)).toBeLessThanOrEqual(740)
    expect(await ada.evaluate(LOWEST_CONTRAST)).toBeGreaterThanOrEqual(4.5)
  })

  test('makes the picture of its README, of less than 150 kB', async () => {
    await grace.setViewport({ width: 1120, height: 720, deviceScaleFactor: 1.25 })
    const picture = await grace.screenshot()
    if (process.env['SCREENSHOTS'] !== undefined) writeFileSync(SCREENSHOT, picture)

    expect(picture.length).toBeGreaterThan(50_000)
    expect(picture.length).toBeLessThan(150_000)
  })

  test('accepts no question after signing out', async () => {
    await grace.locator('::-p-aria([name="Sign out"][role="button"])').click()
    await grace.locator('::-p-text(Who is asking?)').wait()

    const status = await grace.evaluate(
      `fetch('/api/chat', { method: 'POST', body: '{}' }).then(({ status }) => status)`,
    )
    expect(status).toBe(401)
  })

  test('is, as a demo, one command without a key', async () => {
    const demo = await startDemo()
    try {
      const page = await openPage(demo.url)
      await signIn(page, 'grace')
      await page.locator(`button ::-p-text(${INFLATION})`).click()
      const { usd } = await answerWithCost(page, 1)

      expect(usd).toBeCloseTo(0.00021735, 9)
      const printed = 'user.id=grace  cost.plan=free  cost.status=priced  cost.usd=0.00021735'
      await vi.waitFor(() => expect(demo.output()).toContain(printed), { timeout: 10_000 })
    } finally {
      await demo.close()
    }
  })

  test('throws no error in a script', () => {
    expect(chromium.errors).toEqual([])
  })
})

/** What `npm run demo` starts when it has built. */
async function startDemo() {
  const folder = temporaryFolder('demo')
  const port = await freePort()
  const url = `http://localhost:${port}`
  const server = await startServer([process.execPath, '--import', 'tsx', 'demo/demo.mts'], {
    log: join(folder.path, 'demo.log'),
    ready: url,
    cwd: EXAMPLE,
    environment: { PORT: String(port), OTEL_TRACES_SAMPLER: 'always_off' },
  })
  const close = async (): Promise<void> => {
    await server.stop('SIGTERM')
    folder.remove()
  }
  return { url, output: () => server.output(), close }
}

async function openPage(url: string): Promise<Page> {
  const page = await chromium.openPage()
  await page.setViewport({ width: 1120, height: 720 })
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }])
  await page.goto(url)
  return page
}

const isCall = ({ attributes }: ReceivedSpan) => 'cost.status' in attributes

/** What the provider billed for a user, in US dollars. */
function billed(user: string): number {
  return sum(provider.calls.filter((_, index) => askers[index] === user).map(({ usd = 0 }) => usd))
}

function sum(amounts: number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0)
}
