import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

export interface SlowWay {
  readonly url: string
  close(): Promise<void>
}

/** A slow network before a receiver: what is posted gets there after so long. `Infinity` for one that hangs. */
export async function startSlowWay(to: string, milliseconds: number): Promise<SlowWay> {
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    if (milliseconds === Infinity) return
    await sleep(milliseconds)
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(to, { method: 'POST', headers, body: new Uint8Array(body) })
    response.writeHead(answer.status, headers).end(await answer.text())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
  return { url: `http://127.0.0.1:${port}/v1/traces`, close }
}
