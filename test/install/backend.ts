import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'

export interface Backend {
  readonly url: string
  /** Waits for a cost that belongs to a user. Fails with what arrived instead. */
  arrived(user: string): Promise<readonly number[]>
  close(): Promise<void>
}

const PATIENCE_MILLISECONDS = 15_000

/** The tags of protobuf around an attribute: the key's length and text, then a value that is a double. */
const COST_KEY = Buffer.concat([Buffer.from([0x0a, 8]), Buffer.from('cost.usd')])
const DOUBLE = Buffer.from([0x12, 9, 0x21])

/** An OTLP receiver on 127.0.0.1 that takes protobuf and JSON on each path, since each backend has a path of its own. */
export async function startBackend(): Promise<Backend> {
  const requests: Buffer[] = []
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    requests.push(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)
    response.writeHead(200, { 'content-type': request.headers['content-type'] ?? '' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async arrived(user) {
      const deadline = Date.now() + PATIENCE_MILLISECONDS
      while (Date.now() < deadline) {
        const all = Buffer.concat(requests)
        const costs = costsIn(all)
        if (costs.length > 0 && all.includes(user)) return costs
        await sleep(50)
      }
      throw new Error(`no cost of ${user} has arrived, in ${requests.length} requests`)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export function costsIn(body: Buffer): number[] {
  const json = body
    .toString('latin1')
    .matchAll(/"key":"cost\.usd","value":\{"(?:double|int)Value":"?([\d.e+-]+)/g)
  return [...[...json].map(([, figure]) => Number(figure)), ...doublesIn(body)]
}

function doublesIn(body: Buffer): number[] {
  const found: number[] = []
  for (let at = body.indexOf(COST_KEY); at >= 0; at = body.indexOf(COST_KEY, at + 1)) {
    const value = at + COST_KEY.length
    if (body.subarray(value, value + DOUBLE.length).equals(DOUBLE)) {
      found.push(body.readDoubleLE(value + DOUBLE.length))
    }
  }
  return found
}
