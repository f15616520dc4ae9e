import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../real-backends/install.ts'
import { startProvider } from '../loopback/provider.ts'
import { freePort } from '../support/free-port.ts'
import { startBackend } from './backend.ts'
import { commandsOf, repository } from './commands.ts'
import { environment, installTools, isNewest } from './tools.ts'

const readme = readFileSync(join(repository, 'README.md'), 'utf8')

/** The section of README for Next.js. */
const section = /^## Next\.js\n[\s\S]*?(?=^## )/m.exec(readme)?.[0] ?? ''

/** Its blocks that name the file they belong into. */
function filesOfReadme(): Map<string, string> {
  const blocks = section.matchAll(/^```ts\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)
  return new Map([...blocks].map(([, path = '', code = '']) => [path, code]))
}

/** What README leaves to its reader, beside the page that asks. */
const READERS_FILES = {
  'app/api/chat/authenticate.ts': `export async function authenticate(request: Request) {
  return { user: { id: 'user-1', organisation: 'acme', plan: 'pro' }, prompt: await request.text() }
}
`,
  'app/layout.tsx': `export default function Layout({ children }: { children: React.ReactNode }) {
  return <html><body>{children}</body></html>
}
`,
}

/** What create-next-app installs; the rest is README's own command. */
const NEXT = [
  isNewest ? 'next@latest' : 'next@16',
  'react@19',
  'react-dom@19',
  'typescript',
  '@types/react',
  '@types/node',
]

test('from an empty folder to the first right cost with a user, on Node 22 with npm', async () => {
  const folder = temporaryFolder('first-cost')
  const provider = await startProvider({
    reply: () => ({ text: 'Hello', usage: { uncachedInput: 1_200, outputText: 350 } }),
  })
  const backend = await startBackend()
  try {
    const tools = await installTools(folder.path, ['22'], ['npm 10'])
    const project = join(folder.path, 'project')
    mkdirSync(project)
    const [command] = commandsOf([['README.md', section]])
    expect(command?.words).toContain('costspan')

    const start = performance.now()
    await tools.install('npm 10', '22', project, NEXT)
    await tools.install('npm 10', '22', project, command?.words ?? [])
    const installedAfter = performance.now() - start
    const files = [...Object.entries(READERS_FILES), ...filesOfReadme()]
    for (const [path, code] of files) {
      mkdirSync(dirname(join(project, path)), { recursive: true })
      writeFileSync(join(project, path), code)
    }
    const port = await freePort()
    const next = spawn(
      tools.node('22'),
      ['node_modules/next/dist/bin/next', 'dev', '--hostname', '127.0.0.1', '--port', `${port}`],
      {
        cwd: project,
        env: {
          ...environment(),
          NEXT_TELEMETRY_DISABLED: '1',
          OPENAI_BASE_URL: `${provider.url}/openai`,
          OPENAI_API_KEY: 'loopback',
          OTEL_EXPORTER_OTLP_ENDPOINT: backend.url,
        },
      },
    )
    let printed = ''
    next.stdout.on('data', (chunk) => (printed += String(chunk)))
    next.stderr.on('data', (chunk) => (printed += String(chunk)))
    try {
      const answer = await ask(`http://127.0.0.1:${port}/api/chat`, () => next.exitCode === null)
      expect(answer).toContain('[DONE]')
      const costs = await backend.arrived('user-1')
      const seconds = (performance.now() - start) / 1_000
      process.stdout.write(
        `from an empty folder to the first right cost: ${seconds.toFixed(1)} s, ` +
          `of which npm ${(installedAfter / 1_000).toFixed(1)} s\n`,
      )
      expect(costs).toHaveLength(1)
      expect(provider.calls).toHaveLength(1)
      expect(costs[0]).toBeCloseTo(provider.calls[0]?.usd ?? Number.NaN, 9)
    } catch (error) {
      throw new Error(`Next.js printed:\n${printed}`, { cause: error })
    } finally {
      if (next.exitCode === null) {
        const exited = once(next, 'exit')
        next.kill()
        await exited
      }
    }
  } finally {
    await Promise.all([provider.close(), backend.close()])
    folder.remove()
  }
})

async function ask(url: string, isRunning: () => boolean): Promise<string> {
  const deadline = Date.now() + 120_000
  while (isRunning() && Date.now() < deadline) {
    const response = await fetch(url, { method: 'POST', body: 'Hello' }).catch(() => undefined)
    if (response !== undefined) return response.text()
    await sleep(100)
  }
  return 'no answer'
}
