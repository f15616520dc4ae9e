import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'

/**
 * A platform of functions, by the arguments of its parent: runs one function, sends the response, waits for what the function has
 * asked it to wait for, and freezes.
 */
const [platform = '', folder = '', file = ''] = process.argv.slice(2)

type Serve = (request: IncomingMessage, response: ServerResponse) => Promise<void>

const pending: Promise<unknown>[] = []
const waitUntil = (work: Promise<unknown>): void => void pending.push(work)

const platforms: Record<string, () => Promise<Serve>> = {
  next: async () => {
    provide('@next/request-context')
    const { default: next } = (await import(NEXT)) as { default: CreateNext }
    const app = next({ dev: false, dir: folder })
    await app.prepare()
    return app.getRequestHandler()
  },
  vercel: async () => {
    provide('@vercel/request-context')
    const { POST } = await load()
    return serving((body) => POST(requestOf(body)))
  },
  lambda: async () => {
    const { handler } = await load()
    return serving(async (event) => {
      const { statusCode, body } = await handler({ body: event })
      return new Response(body, { status: statusCode })
    })
  },
  cloudflare: async () => {
    const { default: worker } = await load()
    return serving((body) => worker.fetch(requestOf(body), {}, { waitUntil }))
  },
}

/** Not spelled where it is imported: its types would change those of `process.env` in every file. */
const NEXT: string = 'next'

type CreateNext = (options: { dev: boolean; dir: string }) => {
  prepare(): Promise<void>
  getRequestHandler(): Serve
}

/** How `next/server` and `@vercel/functions` find the platform. */
function provide(context: string): void {
  Object.assign(globalThis, { [Symbol.for(context)]: { get: () => ({ waitUntil }) } })
}

/** The module's types are those of the page, which another test compiles. */
// oxlint-disable-next-line typescript/no-explicit-any
async function load(): Promise<any> {
  return import(pathToFileURL(join(folder, file)).href)
}

function requestOf(body: string): Request {
  return new Request('http://127.0.0.1/', { method: 'POST', body })
}

function serving(answer: (body: string) => Promise<Response>): Serve {
  return async (request, response) => {
    const { status, body } = await answer(await text(request))
    response.writeHead(status)
    await pipeline(Readable.fromWeb(body as never), response)
  }
}

const serve = await platforms[platform]!()
const server = createServer(async (request, response) => {
  const sent = once(response, 'close')
  await serve(request, response)
  await sent
  while (pending.length > 0) await pending.shift()
  process.kill(process.pid, 'SIGSTOP')
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`port ${(server.address() as AddressInfo).port}\n`)
})
