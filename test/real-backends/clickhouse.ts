import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../support/free-port.ts'
import { installFromPyPi, temporaryFolder } from './install.ts'
import { startServer, type RunningServer } from './server.ts'

/** ClickHouse's engine in a Python package. No registry has its server. */
const CHDB = ['chdb==4.4.0', 'chdb-core==26.9.0']

const DOOR = join(import.meta.dirname, 'clickhouse-door.py')
const PATIENCE_MILLISECONDS = 120_000

export type Row = Readonly<Record<string, unknown>>

export interface ClickHouse {
  /** Where its HTTP interface is, also after a restart. */
  readonly url: string
  /** What one statement answers. Decimals are numbers. */
  query(sql: string): Promise<Row[]>
  /** Each statement of a file, as `clickhouse-client` takes it. */
  execute(file: string): Promise<void>
  /** In the middle of whatever it does. */
  kill(): Promise<void>
  /** With the data that it had. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** The real ClickHouse engine on 127.0.0.1, behind a door that speaks ClickHouse's HTTP interface. */
export async function startClickHouse(): Promise<ClickHouse> {
  const folder = temporaryFolder('clickhouse')
  try {
    const binaries = await installFromPyPi(folder.path, CHDB)
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const start = (): Promise<RunningServer> =>
      startServer([join(binaries, 'python'), DOOR, String(port), folder.path], {
        log: join(folder.path, 'clickhouse.log'),
        ready: `${url}/ping`,
        patienceMilliseconds: PATIENCE_MILLISECONDS,
        environment: { HOME: folder.path, TZ: 'UTC', PYTHONDONTWRITEBYTECODE: '1' },
      })
    let server = await start()
    return {
      url,
      query: (sql) => ask(url, sql),
      execute: async (file) => {
        for (const statement of statementsOf(file)) await ask(url, statement)
      },
      kill: () => server.stop(),
      restart: async () => {
        server = await start()
      },
      close: () => server.stop().finally(() => folder.remove()),
    }
  } catch (error) {
    folder.remove()
    throw error
  }
}

async function ask(url: string, sql: string): Promise<Row[]> {
  const response = await fetch(`${url}/?default_format=JSON`, { method: 'POST', body: sql })
  const text = await response.text()
  if (!response.ok) throw new Error(`${text}\n${sql}`)
  return text === '' ? [] : (JSON.parse(text) as { data: Row[] }).data
}

function statementsOf(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split(/;\s*$/mu)
    .filter((statement) => statement.replace(/--.*$/gmu, '').trim() !== '')
}
