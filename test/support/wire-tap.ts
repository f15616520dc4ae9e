import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'

export interface WireTap {
  url: string
  /** What arrived, byte by byte as text: e-mail addresses look the same in JSON and in protobuf. */
  received(): string
  startOver(): void
  close(): Promise<void>
}

/** A backend on 127.0.0.1 that takes whatever is sent and keeps it as it came. */
export async function startWireTap(): Promise<WireTap> {
  let bodies: string[] = []
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    const isZipped = request.headers['content-encoding'] === 'gzip'
    bodies.push((isZipped ? gunzipSync(body) : body).toString('latin1'))
    response.writeHead(200).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1/traces`,
    received: () => bodies.join('\n'),
    startOver: () => {
      bodies = []
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}
