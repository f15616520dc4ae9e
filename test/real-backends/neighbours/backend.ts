import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { readEnvelope } from './envelope.ts'
import { readTraces, type ArrivedSpan } from './protobuf.ts'

export interface Backend {
  readonly url: string
  /** In the order of arrival. */
  readonly spans: ArrivedSpan[]
  close(): Promise<void>
}

/** A neighbour's own backend on 127.0.0.1: it takes OTLP as protobuf, and what Sentry's SDK sends. */
export async function startBackend(): Promise<Backend> {
  const spans: ArrivedSpan[] = []
  const server = createServer(async (request, response) => {
    try {
      const raw = await buffer(request)
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
      const isTraces = request.headers['content-type'] === 'application/x-protobuf'
      if (isTraces) spans.push(...readTraces(body))
      else if (request.url?.includes('/envelope/')) spans.push(...readEnvelope(body.toString()))
      response.writeHead(200, { 'content-type': 'application/json' }).end(isTraces ? '' : '{}')
    } catch (error) {
      response.writeHead(400).end(String(error))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
  return { url: `http://127.0.0.1:${port}`, spans, close }
}
