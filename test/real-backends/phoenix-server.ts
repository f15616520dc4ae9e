import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../support/free-port.ts'
import { installFromPyPi, run, temporaryFolder } from './install.ts'
import { startServer } from './server.ts'

/** Pinned: what a newer one shows may differ, and a difference is to be looked at. */
export const PHOENIX = 'arize-phoenix==20.26.1'

/** Its first start compiles and migrates. */
const PATIENCE_MILLISECONDS = 120_000

/** What docs/backends/phoenix.md asks for, beside the client that comes with the server. */
const PANDAS = 'pandas==2.3.3'

export interface Phoenix {
  readonly url: string
  /** Runs a program where Phoenix's client is installed. */
  python(program: string, files: Readonly<Record<string, string>>): Promise<string>
  close(): Promise<void>
}

/** The real Arize Phoenix on 127.0.0.1, with SQLite. */
export async function startPhoenix(): Promise<Phoenix> {
  const folder = temporaryFolder('phoenix')
  try {
    const binaries = await installFromPyPi(folder.path, [PHOENIX, PANDAS])
    const [port, grpcPort] = [await freePort(), await freePort()]
    const url = `http://127.0.0.1:${port}`
    const server = await startServer([join(binaries, 'phoenix'), 'serve'], {
      log: join(folder.path, 'phoenix.log'),
      ready: `${url}/healthz`,
      patienceMilliseconds: PATIENCE_MILLISECONDS,
      environment: {
        HOME: folder.path,
        PHOENIX_WORKING_DIR: folder.path,
        PHOENIX_HOST: '127.0.0.1',
        PHOENIX_PORT: String(port),
        PHOENIX_GRPC_PORT: String(grpcPort),
        PHOENIX_TELEMETRY_ENABLED: 'false',
      },
    })
    const close = async (): Promise<void> => {
      await server.stop()
      folder.remove()
    }
    const python = async (
      program: string,
      files: Readonly<Record<string, string>>,
    ): Promise<string> => {
      const all = { ...files, 'program.py': program }
      for (const [name, text] of Object.entries(all)) writeFileSync(join(folder.path, name), text)
      const words = ['PHOENIX_COLLECTOR_ENDPOINT=' + url, join(binaries, 'python'), 'program.py']
      return run('env', words, folder.path)
    }
    return { url, python, close }
  } catch (error) {
    folder.remove()
    throw error
  }
}
