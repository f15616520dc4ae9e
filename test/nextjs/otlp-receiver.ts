import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ReceivedSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  milliseconds: number
  attributes: Record<string, unknown>
}

export interface OtlpReceiver {
  url: string
  spans: ReceivedSpan[]
  /** Waits until so many received spans pass, then a little longer for one too many. */
  waitFor(count: number, passes: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan[]>
  close(): Promise<void>
}

const PATIENCE_MILLISECONDS = 15_000
const AFTERMATH_MILLISECONDS = 1_000

/** A backend on 127.0.0.1 that takes traces as OTLP over HTTP, in JSON. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = []
  const server = createServer(async (request, response) => {
    spans.push(...readSpans((await json(request)) as ExportRequest))
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  async function waitFor(count: number, passes: (span: ReceivedSpan) => boolean) {
    const deadline = Date.now() + PATIENCE_MILLISECONDS
    while (spans.filter(passes).length < count && Date.now() < deadline) await sleep(50)
    await sleep(AFTERMATH_MILLISECONDS)
    return spans.filter(passes)
  }

  async function close() {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }

  return { url: `http://127.0.0.1:${port}`, spans, waitFor, close }
}

/** The parts of an `ExportTraceServiceRequest` that are read here. */
interface ExportRequest {
  resourceSpans: { scopeSpans: { spans: WireSpan[] }[] }[]
}

interface WireSpan extends Pick<ReceivedSpan, 'traceId' | 'spanId' | 'parentSpanId' | 'name'> {
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: { key: string; value: Record<string, unknown> }[]
}

function readSpans({ resourceSpans }: ExportRequest): ReceivedSpan[] {
  return resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans)
    .map(({ traceId, spanId, parentSpanId, name, attributes, ...times }) => ({
      traceId,
      spanId,
      ...(parentSpanId && { parentSpanId }),
      name,
      milliseconds: Number(BigInt(times.endTimeUnixNano) - BigInt(times.startTimeUnixNano)) / 1e6,
      attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, readValue(value)])),
    }))
}

/** A value is an object with one key, its type. 64-bit integers may come as strings. */
function readValue(value: Record<string, unknown>): unknown {
  if (value['intValue'] !== undefined) return Number(value['intValue'])
  return Object.values(value)[0]
}
