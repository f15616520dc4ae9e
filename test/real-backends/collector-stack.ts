import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startClickHouse, type ClickHouse, type Row } from './clickhouse.ts'
import { EXAMPLE, startCollector, type Collector } from './collector.ts'

const PATIENCE_MILLISECONDS = 60_000

/** What `examples/collector` sets up: a Collector before a ClickHouse with the shipped schema. */
export interface CollectorStack {
  readonly clickHouse: ClickHouse
  readonly collector: Collector
  /** Where exporters send traces to, in JSON or protobuf. */
  readonly tracesUrl: string
  query(sql: string): Promise<Row[]>
  /** Waits until so many rows are in a table or a view: the exporter answers before it has stored. */
  waitForRows(table: string, count: number, patienceMilliseconds?: number): Promise<void>
  close(): Promise<void>
}

export async function startCollectorStack(
  environment: Record<string, string> = {},
): Promise<CollectorStack> {
  const clickHouse = await startClickHouse()
  try {
    await clickHouse.execute(join(EXAMPLE, 'schema.sql'))
    const collector = await startCollector('collector.yaml', {
      CLICKHOUSE_ENDPOINT: clickHouse.url,
      CLICKHOUSE_COMPRESSION: 'none',
      ...environment,
    })
    return {
      clickHouse,
      collector,
      tracesUrl: `${collector.endpoint}/v1/traces`,
      query: (sql) => clickHouse.query(sql),
      waitForRows: (table, count, patience = PATIENCE_MILLISECONDS) =>
        waitForRows(clickHouse, table, count, patience),
      close: () => collector.close().finally(() => clickHouse.close()),
    }
  } catch (error) {
    await clickHouse.close()
    throw error
  }
}

async function waitForRows(
  clickHouse: ClickHouse,
  table: string,
  count: number,
  patienceMilliseconds: number,
): Promise<void> {
  const deadline = Date.now() + patienceMilliseconds
  for (;;) {
    const [row] = await clickHouse.query(`SELECT toUInt32(count()) AS found FROM ${table}`)
    const found = Number(row?.['found'])
    if (found >= count) return
    if (Date.now() > deadline) throw new Error(`${table} has ${found} rows of ${count}`)
    await sleep(250)
  }
}

/** Repeats until what it wants is so: a Collector and a Prometheus take their time. */
export async function eventually(holds: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 30_000
  for (;;) {
    try {
      await holds()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(500)
    }
  }
}
