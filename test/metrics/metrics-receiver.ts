import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

export interface ReceivedPoint {
  readonly name: string
  readonly unit: string
  readonly labels: Readonly<Record<string, unknown>>
  readonly value: number
}

export interface MetricsReceiver {
  /** Where the exporter sends metrics to. */
  readonly url: string
  /** The answers to the next exports; 200 when there are none left. What is refused is not kept, unless the answer sets it. */
  readonly answers: { readonly status: number; readonly keeps?: boolean }[]
  /** One list of points for each export that was kept, in the order of arrival. */
  readonly exports: ReceivedPoint[][]
  /** Whether every sum was cumulative and could only grow. */
  readonly isCumulative: boolean
  close(): Promise<void>
}

/** A backend on 127.0.0.1 that takes metrics as OTLP over HTTP, in JSON, and keeps them. */
export async function startMetricsReceiver(port = 0): Promise<MetricsReceiver> {
  const answers: MetricsReceiver['answers'] = []
  const exports: ReceivedPoint[][] = []
  let isCumulative = true
  const server = createServer(async (request, response) => {
    const sums = sumsOf((await json(request)) as ExportRequest)
    const { status, keeps = status === 200 } = answers.shift() ?? { status: 200 }
    if (keeps) {
      exports.push(sums.flatMap(pointsOf))
      isCumulative &&= sums.every(
        ({ sum }) => sum?.aggregationTemporality === CUMULATIVE && sum.isMonotonic,
      )
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${address.port}/v1/metrics`,
    answers,
    exports,
    get isCumulative() {
      return isCumulative
    },
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** `AggregationTemporality` of OTLP. */
const CUMULATIVE = 2

/** The parts of an `ExportMetricsServiceRequest` that are read here. */
interface ExportRequest {
  resourceMetrics: { scopeMetrics: { metrics: WireMetric[] }[] }[]
}

interface WireMetric {
  name: string
  unit: string
  sum?: { aggregationTemporality: number; isMonotonic: boolean; dataPoints: WirePoint[] }
}

interface WirePoint {
  asDouble?: number
  asInt?: string | number
  attributes: { key: string; value: { stringValue?: string; boolValue?: boolean } }[]
}

function sumsOf({ resourceMetrics }: ExportRequest): WireMetric[] {
  return resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics),
  )
}

function pointsOf({ name, unit, sum }: WireMetric): ReceivedPoint[] {
  return (sum?.dataPoints ?? []).map(({ attributes, asDouble, asInt }) => ({
    name,
    unit,
    labels: Object.fromEntries(
      attributes.map(({ key, value }) => [key, value.stringValue ?? value.boolValue]),
    ),
    value: Number(asDouble ?? asInt),
  }))
}
