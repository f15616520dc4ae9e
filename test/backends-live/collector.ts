import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
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
  /** What it says of itself, such as how long its queues are, in Prometheus' format. */
  telemetry(): Promise<string>
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
      telemetry: async () => {
        const response = await fetch(`http://127.0.0.1:${telemetryPort}/metrics`)
        return response.text()
      },
      kill: () => server.stop('SIGKILL'),
      restart: async () => {
        server = await start()
      },
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

let building: Promise<string> | undefined

/** The binary, kept outside of the repository for as long as `builder.yaml` stays as it is. */
function builtCollector(): Promise<string> {
  building ??= buildCollector()
  return building
}

async function buildCollector(): Promise<string> {
  const manifest = join(EXAMPLE, 'builder.yaml')
  const hash = createHash('sha256').update(BUILDER).update(readFileSync(manifest)).digest('hex')
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const folder = join(caches, 'costspan', `collector-${hash.slice(0, 16)}`)
  const binary = join(folder, BINARY)
  if (existsSync(binary)) {
    process.stdout.write(`OpenTelemetry Collector: ${binary}, built before\n`)
    return binary
  }
  process.stdout.write(
    `building the OpenTelemetry Collector from Go's modules, which takes minutes; kept in ${folder}\n`,
  )
  const unfinished = `${folder}.${process.pid}`
  mkdirSync(unfinished, { recursive: true })
  try {
    copyFileSync(manifest, join(unfinished, 'builder.yaml'))
    await run('go', ['run', BUILDER, '--config', 'builder.yaml'], unfinished)
    rmSync(folder, { recursive: true, force: true })
    renameSync(unfinished, folder)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return binary
}
