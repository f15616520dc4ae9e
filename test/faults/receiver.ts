import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { ARM_NAMES, type ArmName } from './arms.ts'
import {
  callsIn,
  pointsIn,
  type CountedCall,
  type MetricsRequest,
  type Point,
  type TracesRequest,
} from './otlp.ts'

/** An export that has arrived, and what a receiver may do with it. */
export interface Arrival {
  readonly isTraces: boolean
  readonly bytes: number
  readonly response: ServerResponse
  /** Keeps it, but for so many spans; of metrics, which are rejected as a whole here, nothing then. */
  readonly store: (exceptSpans?: number) => void
}

export type Fault = (arrival: Arrival) => void | Promise<void>

export interface FaultyReceiver {
  readonly url: string
  /** What happens to each export that arrives. */
  fault: Fault
  /** Refuses connections, and breaks those that are open. */
  goDown(): Promise<void>
  comeBack(): Promise<void>
  /** The calls that a backend has by one way of exporting: how often it has each. */
  calls(arm: ArmName): ReadonlyMap<string, CountedCall & { readonly times: number }>
  /** The sum of a counter over all its series, as a backend would show it now. */
  counter(name: string): number
  close(): Promise<void>
}

export const healthy: Fault = ({ response, store }) => {
  store()
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
}

/** An OTLP backend on 127.0.0.1 whose faults are switched on and off. */
export async function startFaultyReceiver(): Promise<FaultyReceiver> {
  const received = {
    defaults: new Map<string, CountedCall & { times: number }>(),
    smallBatches: new Map<string, CountedCall & { times: number }>(),
    largeBatches: new Map<string, CountedCall & { times: number }>(),
  } satisfies { [Name in ArmName]: unknown }
  const points = new Map<string, Point>()

  const storeTraces = (arm: ArmName, request: TracesRequest, exceptSpans: number): void => {
    for (const call of callsIn(request, exceptSpans)) {
      const times = received[arm].get(call.id)?.times ?? 0
      received[arm].set(call.id, { ...call, times: times + 1 })
    }
  }
  const storeMetrics = (request: MetricsRequest): void => {
    for (const point of pointsIn(request)) {
      // An export that was sent again may arrive after a later one.
      const before = points.get(point.series)
      if (before === undefined || before.time <= point.time) points.set(point.series, point)
    }
  }

  const server = createServer(async (request, response) => {
    const arm = ARM_NAMES.find((name) => request.url === `/${name}/v1/traces`)
    const body = await buffer(request).catch(() => undefined)
    if (body === undefined) return
    const store = (exceptSpans = 0): void => {
      const sent: unknown = JSON.parse(body.toString())
      if (arm !== undefined) storeTraces(arm, sent as TracesRequest, exceptSpans)
      else if (exceptSpans === 0) storeMetrics(sent as MetricsRequest)
    }
    await receiver.fault({ isTraces: arm !== undefined, bytes: body.length, response, store })
  })
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  const goDown = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }

  await listen(0)
  const { port } = server.address() as AddressInfo
  const receiver: FaultyReceiver = {
    url: `http://127.0.0.1:${port}`,
    fault: healthy,
    goDown,
    comeBack: () => listen(port),
    calls: (arm) => received[arm],
    counter: (name) => {
      const values = [...points.values()].filter((point) => point.name === name)
      return values.reduce((sum, { value }) => sum + value, 0)
    },
    close: goDown,
  }
  return receiver
}
