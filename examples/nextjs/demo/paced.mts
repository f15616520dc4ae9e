import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Paced {
  url: string
  close(): void
}

/** Hands on what a provider streams, as slowly as a model writes: else there is nothing to stop. */
export async function startPaced(
  provider: string,
  millisecondsBetweenEvents: number,
): Promise<Paced> {
  const server = createServer(async (request, response) => {
    const answer = await fetch(`${provider}${request.url}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: await text(request),
    })
    const { events, isWhole } = await read(answer)
    const contentType = answer.headers.get('content-type') ?? 'text/plain'
    response.writeHead(answer.status, { 'content-type': contentType })
    for (const event of events) {
      response.write(event)
      await sleep(millisecondsBetweenEvents)
    }
    // What breaks off there breaks off here.
    if (isWhole) response.end()
    else response.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  function close(): void {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${port}`, close }
}

/** Server-sent events, each of which ends with an empty line. */
async function read({ body }: Response): Promise<{ events: string[]; isWhole: boolean }> {
  const decoder = new TextDecoder()
  let received = ''
  let isWhole = true
  try {
    for await (const chunk of body ?? []) received += decoder.decode(chunk, { stream: true })
  } catch {
    isWhole = false
  }
  return { events: received.split(/(?<=\n\n)/), isWhole }
}
