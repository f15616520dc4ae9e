import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

/** A server whose answers are bought from a model, and which ends as its parent asks. */
const [folder = '', isPrepared = ''] = process.argv.slice(2)

/** The types are those of the page, which another test compiles. */
// oxlint-disable-next-line typescript/no-explicit-any
async function load(file: string): Promise<any> {
  return import(pathToFileURL(join(folder, file)).href)
}

const ends: Record<string, () => void> = {
  '/exit': () => process.exit(),
  '/end': () => void server.close(),
  '/reject': () => void Promise.reject(new Error('that is not caught')),
  '/throw': () => {
    throw new Error('that is not caught')
  },
}

await load('accounts.ts')
const { chat } = await load('chat.ts')
const server = createServer(async (request, response) => {
  const answer: string = await chat('u_42', await text(request)).text
  response.writeHead(200, { connection: 'close' }).end(answer)
  // The span of a call ends with its stream.
  await sleep(20)
  const end = ends[request.url ?? '']
  if (end !== undefined) setImmediate(end)
})
if (isPrepared === 'prepared') (await load('shutdown.ts')).deliverAtTheEnd(server)
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`port ${(server.address() as AddressInfo).port}\n`)
})
