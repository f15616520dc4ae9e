import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { freePort } from '../support/free-port.ts'
import { run, temporaryFolder } from './install.ts'
import { startServer, type RunningServer } from './server.ts'

/** The Collector's own builder, of the version that `builder.yaml` names. */
const BUILDER = 'go.opentelemetry.io/collector/cmd/builder@v0.161.0'
const BINARY = 'build/costspan-collector'

/** What is shipped: its configuration is what the tests start. */
export const EXAMPLE = join(import.meta.dirname, '../../examples/collector')

export function shippedQuery(name: string): string {
  return readFileSync(join(EXAMPLE, 'queries', name), 'utf8')
}

export interface Collector {
  /** What exporters take as `OTEL_EXPORTER_OTLP_ENDPOINT`, also after a restart. */
  readonly endpoint: string
  /** What Prometheus scrapes: host and port. */
  readonly prometheus: string
  /** A number that it tells of itself, such as how long a queue is; 0 before there is one. */
  telemetry(series: string): Promise<number>
  /** `SIGKILL`: what is only in memory is gone. */
  kill(): Promise<void>
  /** On the same ports, with what its queues hold on disk. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** A configuration of `examples/collector` on free ports, with queues in a temporary folder. */
export async function startCollector(
  configuration: 'collector.yaml' | 'agent.yaml',
  environment: Record<string, string>,
): Promise<Collector> {
  const binary = await builtCollector()
  const folder = temporaryFolder('collector')
  const address = async (): Promise<string> => `127.0.0.1:${await freePort()}`
  const [http, grpc, health, prometheus] = [
    await address(),
    await address(),
    await address(),
    await address(),
  ]
  const telemetryPort = String(await freePort())
  const start = (): Promise<RunningServer> =>
    startServer([binary, '--config', join(EXAMPLE, configuration)], {
      log: join(folder.path, 'collector.log'),
      ready: `http://${health}`,
      environment: {
        OTLP_HTTP_ENDPOINT: http,
        OTLP_GRPC_ENDPOINT: grpc,
        HEALTH_ENDPOINT: health,
        PROMETHEUS_ENDPOINT: prometheus,
        TELEMETRY_PORT: telemetryPort,
        QUEUE_DIRECTORY: join(folder.path, 'queue'),
        ...environment,
      },
    })
  try {
    let server = await start()
    return {
      endpoint: `http://${http}`,
      prometheus,
      telemetry: async (series) => {
        const response = await fetch(`http://127.0.0.1:${telemetryPort}/metrics`)
        const lines = (await response.text()).split('\n')
        const line = lines.find((text) => text.startsWith(`${series} `))
        return Number(line?.slice(series.length) ?? 0)
      },
      kill: () => server.stop('SIGKILL'),
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

let building: Promise<string> | undefined

/** The binary, kept outside of the repository for as long as `builder.yaml` stays as it is. */
function builtCollector(): Promise<string> {
  building ??= keptCollector()
  return building
}

async function keptCollector(): Promise<string> {
  const manifest = readFileSync(join(EXAMPLE, 'builder.yaml'))
  const hash = createHash('sha256').update(BUILDER).update(manifest).digest('hex')
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const kept = join(caches, 'costspan', `costspan-collector-${hash.slice(0, 16)}`)
  if (existsSync(kept)) {
    process.stdout.write(`OpenTelemetry Collector: ${kept}, built before\n`)
    return kept
  }
  process.stdout.write(
    `building the OpenTelemetry Collector from Go's modules, which takes minutes; kept as ${kept}\n`,
  )
  const folder = temporaryFolder('collector-build')
  try {
    const built = await buildCollector(folder.path)
    mkdirSync(dirname(kept), { recursive: true })
    // Whole or not at all, also where two runs build at once.
    const unfinished = `${kept}.${process.pid}`
    copyFileSync(built, unfinished)
    renameSync(unfinished, kept)
  } finally {
    folder.remove()
  }
  return kept
}

/** Go's modules and what is compiled of them are gigabytes, so they go with the folder. */
async function buildCollector(folder: string): Promise<string> {
  copyFileSync(join(EXAMPLE, 'builder.yaml'), join(folder, 'builder.yaml'))
  const flags = await run('go', ['env', 'GOFLAGS'])
  const environment = [
    `GOMODCACHE=${join(folder, 'modules')}`,
    `GOCACHE=${join(folder, 'compiled')}`,
    `TMPDIR=${folder}`,
    // Go writes modules as read-only, and then they cannot be removed.
    `GOFLAGS=${flags.trim()} -modcacherw`,
  ]
  await run('env', [...environment, 'go', 'run', BUILDER, '--config', 'builder.yaml'], folder)
  return join(folder, BINARY)
}
