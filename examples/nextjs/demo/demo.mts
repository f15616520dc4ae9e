import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { startProvider } from '../../../test/loopback/provider.ts'
import { startReceiver, type Receiver } from '../../../test/loopback/receiver.ts'
import { replyTo } from './answers.mts'
import { startPaced } from './paced.mts'

/** A dozen characters each, so some sixty tokens a second. */
const MILLISECONDS_BETWEEN_EVENTS = 45

const provider = await startProvider({ reply: replyTo })
const paced = await startPaced(provider.url, MILLISECONDS_BETWEEN_EVENTS)
const receiver = await startReceiver()

process.stdout.write(`
No key needed: the model is a stand-in on 127.0.0.1 that speaks OpenAI's wire format.
Ask it to "break off" to see an answer of unknown cost. Ctrl+C ends the demo.
Below: every call to a model, as a backend receives it over OTLP.
`)
const printing = setInterval(() => print(receiver), 200)

const next = createRequire(import.meta.url).resolve('next/dist/bin/next')
const app = spawn(process.execPath, [next, 'start', '--hostname', 'localhost'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  stdio: 'inherit',
  env: {
    ...withoutTelemetry(process.env),
    NODE_ENV: 'production',
    OPENAI_BASE_URL: `${paced.url}/openai`,
    OPENAI_API_KEY: 'loopback',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '500',
  },
})
// Of a terminal's Ctrl+C Next.js receives by itself, and this ends when it has ended.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => app.kill())
const [code] = (await once(app, 'exit')) as [number | null]

clearInterval(printing)
paced.close()
await Promise.all([provider.close(), receiver.close()])
// 130 is Next.js after Ctrl+C, the way a demo ends.
process.exitCode = code === 130 ? 0 : (code ?? 0)

/** A sampler or a limit that your shell sets for your own apps would drop spans here. */
function withoutTelemetry(environment: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const entries = Object.entries(environment).filter(([name]) => !name.startsWith('OTEL_'))
  return Object.fromEntries(entries)
}

function print({ spans }: Receiver): void {
  for (const { name, attributes } of spans.splice(0)) {
    if (!('cost.status' in attributes)) continue
    const shown = ['user.id', 'cost.plan', 'cost.status', 'cost.usd']
      .filter((key) => key in attributes)
      .map((key) => `${key}=${attributes[key]}`)
    process.stdout.write(`  ${name}  ${shown.join('  ')}\n`)
  }
}
