import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readLedger } from 'costspan/ledger'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildNextApp, EDGE_APP, startNextApp, type NextApp } from './next-app.ts'

const folder = mkdtempSync(join(tmpdir(), 'costspan-edge-'))
const path = join(folder, 'ledger.ndjson')
let app: NextApp

beforeAll(async () => {
  await buildNextApp(EDGE_APP)
  app = await startNextApp({ LEDGER: path }, EDGE_APP)
}, 300_000)
afterAll(async () => {
  await app?.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a page behind a middleware answers, though instrumentation.js imports the ledger', async () => {
  const response = await fetch(app.url)
  expect(response.status).toBe(200)
  expect(response.headers.get('x-middleware')).toBe('ran')
})

test('a route in Node.js writes into the ledger', async () => {
  const response = await fetch(`${app.url}/api/node`)
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ flushed: true, lost: 0, found: [] })
  const charges = []
  for await (const charge of readLedger(path)) charges.push(charge)
  expect(charges).toMatchObject([{ attribution: { userId: 'u_42' }, status: 'priced' }])
})

test('an edge route answers; its charges are lost, counted, and reported once', async () => {
  const answers: unknown[] = []
  for (let request = 0; request < 3; request++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const response = await fetch(`${app.url}/api/edge`)
    expect(response.status).toBe(200)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    answers.push(await response.json())
  }
  const noFiles = expect.stringMatching(/^Error: Expected .* to run in Node\.js/) as unknown
  expect(answers.at(-1)).toMatchObject({ flushed: false, read: noFiles, found: [] })
  expect(app.output().match(/a charge is not in the ledger/g)).toHaveLength(1)
})
