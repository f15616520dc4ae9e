import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'

export interface ReceivedSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  /** From its start to its end. */
  milliseconds: number
  attributes: Record<string, unknown>
  /** Of the process that sent it, such as `service.name`. */
  resource: Record<string, unknown>
}

export interface Receiver {
  /** Where exporters send traces to. */
  url: string
  /** In the order of arrival. */
  spans: ReceivedSpan[]
  /** Waits until so many received spans pass, then a little longer for one too many. */
  waitFor(count: number, passes: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan[]>
  close(): Promise<void>
}

const PATIENCE_MILLISECONDS = 15_000
const AFTERMATH_MILLISECONDS = 1_000

/** A backend on 127.0.0.1 that takes traces as OTLP over HTTP, in JSON, and keeps them. */
export async function startReceiver(): Promise<Receiver> {
  const spans: ReceivedSpan[] = []
  const server = createServer(async (request, response) => {
    try {
      // The answer comes last: who has flushed its exporter finds all spans here.
      spans.push(...readSpans(await bodyOf(request)))
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    } catch (error) {
      response.writeHead(400).end(String(error))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  async function waitFor(
    count: number,
    passes: (span: ReceivedSpan) => boolean,
  ): Promise<ReceivedSpan[]> {
    const deadline = Date.now() + PATIENCE_MILLISECONDS
    while (spans.filter(passes).length < count && Date.now() < deadline) await sleep(50)
    await sleep(AFTERMATH_MILLISECONDS)
    return spans.filter(passes)
  }

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
  return { url: `http://127.0.0.1:${port}/v1/traces`, spans, waitFor, close }
}

async function bodyOf(request: IncomingMessage): Promise<ExportRequest> {
  const isZipped = request.headers['content-encoding'] === 'gzip'
  return (await json(isZipped ? request.pipe(createGunzip()) : request)) as ExportRequest
}

/** The parts of an `ExportTraceServiceRequest` that are read here. */
interface ExportRequest {
  resourceSpans: {
    resource?: { attributes?: KeyValue[] }
    scopeSpans: { spans: WireSpan[] }[]
  }[]
}

interface WireSpan extends Pick<ReceivedSpan, 'traceId' | 'spanId' | 'parentSpanId' | 'name'> {
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes?: KeyValue[]
}

interface KeyValue {
  key: string
  value: Value
}

/** An object with one key, the type of what it holds. */
interface Value {
  stringValue?: string
  boolValue?: boolean
  doubleValue?: number | string
  /** JSON writes 64-bit integers as strings, and not every sender does. */
  intValue?: number | string
  arrayValue?: { values?: Value[] }
  kvlistValue?: { values?: KeyValue[] }
  bytesValue?: string
}

function readSpans({ resourceSpans }: ExportRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const shared = readAttributes(resource?.attributes)
    return scopeSpans
      .flatMap(({ spans }) => spans)
      .map(({ traceId, spanId, parentSpanId, name, attributes, ...times }) => ({
        traceId,
        spanId,
        ...(parentSpanId && { parentSpanId }),
        name,
        milliseconds: Number(BigInt(times.endTimeUnixNano) - BigInt(times.startTimeUnixNano)) / 1e6,
        attributes: readAttributes(attributes),
        resource: shared,
      }))
  })
}

function readAttributes(attributes: KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, readValue(value)]))
}

function readValue(value: Value): unknown {
  if (value.intValue !== undefined) return Number(value.intValue)
  if (value.doubleValue !== undefined) return Number(value.doubleValue)
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(readValue)
  if (value.kvlistValue !== undefined) return readAttributes(value.kvlistValue.values)
  return value.stringValue ?? value.boolValue ?? value.bytesValue
}
