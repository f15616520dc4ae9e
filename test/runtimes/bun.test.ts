import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readLedger } from 'costspan/ledger'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryFolder, type TemporaryFolder } from '../real-backends/install.ts'
import { sources } from '../serverless/documented.ts'
import { core, MANY_TESTS, onServers } from './core.ts'
import { startServers } from './servers.ts'
import { installTools, runSuites, runToEnd, versionOf } from './tool.ts'

let folder: TemporaryFolder
let bun: string
let version: string
/** Where `costspan/...` is found: vitest has it in its own configuration. */
let asSources: readonly string[]

beforeAll(async () => {
  folder = temporaryFolder('bun')
  const modules = await installTools(folder.path, ['bun@1.4.5'])
  bun = join(modules, '.bin/bun')
  version = versionOf(modules, 'bun')
  const tsconfig = join(folder.path, 'tsconfig.json')
  writeFileSync(tsconfig, JSON.stringify({ compilerOptions: { paths: sources() } }))
  asSources = ['--tsconfig-override', tsconfig]
})
afterAll(() => folder.remove())

test('runs the core and what is for servers as they are', { timeout: 600_000 }, async () => {
  const config = join(import.meta.dirname, 'vitest.bun.config.ts')
  const passed = await runSuites([bun, '--bun'], config, folder.path)

  const files = core.length + onServers.length
  process.stdout.write(`Bun ${version}: ${passed} tests of ${files} files passed\n`)
  expect(passed).toBeGreaterThan(MANY_TESTS)
})

test(
  'delivers what an application flushes, to a receiver and a ledger',
  { timeout: 60_000 },
  async () => {
    const servers = await startServers()
    try {
      const path = join(folder.path, 'ledger.ndjson')
      const program = join(import.meta.dirname, 'application.ts')
      const { output } = await runToEnd(
        bun,
        ['run', ...asSources, program, path],
        servers.environment,
      )

      expect(output).toContain('flushed: true')
      expect(servers.billed()).toHaveLength(4)
      expect(servers.charged()).toEqual(servers.billed())
      const written: [user: unknown, usd: unknown][] = []
      for await (const { attribution, usd } of readLedger(path)) {
        written.push([attribution.userId, usd])
      }
      const inOrder = written.toSorted((one, other) => String(one).localeCompare(String(other)))
      expect(inOrder).toEqual(servers.billed())
    } finally {
      await servers.close()
    }
  },
)
