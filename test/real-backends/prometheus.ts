import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../support/free-port.ts'
import { EXAMPLE } from './collector.ts'
import { run, temporaryFolder, unpackFromDebian } from './install.ts'
import { startServer } from './server.ts'

/** What one series of an answer is: its labels and its value. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Prometheus {
  query(expression: string): Promise<Sample[]>
  close(): Promise<void>
}

/**
 * Debian's Prometheus with the shipped configuration, scraping one target every second. It may have a history, in the
 * format of OpenMetrics.
 */
export async function startPrometheus(target: string, history?: string): Promise<Prometheus> {
  const folder = temporaryFolder('prometheus')
  try {
    const root = await unpackFromDebian(folder.path, 'prometheus')
    const data = join(folder.path, 'data')
    if (history !== undefined) await fillStorage(root, folder.path, data, history)
    const configuration = join(folder.path, 'prometheus.yaml')
    writeFileSync(configuration, shippedConfiguration(target))
    const address = `127.0.0.1:${await freePort()}`
    const server = await startServer(
      [
        join(root, 'usr/bin/prometheus'),
        `--config.file=${configuration}`,
        `--storage.tsdb.path=${data}`,
        '--storage.tsdb.retention.time=62d',
        `--web.listen-address=${address}`,
      ],
      { log: join(folder.path, 'prometheus.log'), ready: `http://${address}/-/ready` },
    )
    process.stdout.write(`Prometheus ${await versionOf(address)}\n`)
    return {
      query: (expression) => ask(address, expression),
      close: () => server.stop().finally(() => folder.remove()),
    }
  } catch (error) {
    folder.remove()
    throw error
  }
}

/** What Prometheus would have on its disk, had it scraped this. */
async function fillStorage(
  root: string,
  folder: string,
  data: string,
  history: string,
): Promise<void> {
  const file = join(folder, 'history.openmetrics')
  writeFileSync(file, history)
  const blocks = ['tsdb', 'create-blocks-from', 'openmetrics', '--max-block-duration=48h']
  await run(join(root, 'usr/bin/promtool'), [...blocks, '--quiet', file, data])
}

async function versionOf(address: string): Promise<string> {
  const response = await fetch(`http://${address}/api/v1/status/buildinfo`)
  const { data } = (await response.json()) as { data: { version: string } }
  return data.version
}

function shippedConfiguration(target: string): string {
  return [
    ['127.0.0.1:9464', target],
    ['30s', '1s'],
  ].reduce(
    (text, [shipped = '', own = '']) => {
      if (!text.includes(shipped)) throw new Error(`prometheus.yaml does not say ${shipped}`)
      return text.replaceAll(shipped, own)
    },
    readFileSync(join(EXAMPLE, 'prometheus.yaml'), 'utf8'),
  )
}

async function ask(address: string, expression: string): Promise<Sample[]> {
  const response = await fetch(`http://${address}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query: expression }),
  })
  const { data, error } = (await response.json()) as {
    data?: { result: { metric: Record<string, string>; value: [number, string] }[] }
    error?: string
  }
  if (data === undefined) throw new Error(`${error}\n${expression}`)
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }))
}
