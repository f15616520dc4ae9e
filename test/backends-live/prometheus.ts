import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../support/free-port.ts'
import { EXAMPLE } from './collector.ts'
import { temporaryFolder, unpackFromDebian } from './install.ts'
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

/** Debian's Prometheus with the shipped configuration, scraping one target every second. */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const folder = temporaryFolder('prometheus')
  try {
    const root = await unpackFromDebian(folder.path, 'prometheus')
    const configuration = join(folder.path, 'prometheus.yaml')
    writeFileSync(configuration, shippedConfiguration(target))
    const address = `127.0.0.1:${await freePort()}`
    const server = await startServer(
      [
        join(root, 'usr/bin/prometheus'),
        `--config.file=${configuration}`,
        `--storage.tsdb.path=${join(folder.path, 'data')}`,
        `--web.listen-address=${address}`,
      ],
      { log: join(folder.path, 'prometheus.log'), ready: `http://${address}/-/ready` },
    )
    return {
      query: (expression) => ask(address, expression),
      close: async () => {
        await server.stop()
        folder.remove()
      },
    }
  } catch (error) {
    folder.remove()
    throw error
  }
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
