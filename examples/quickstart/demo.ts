import { painter, wantsColour } from './paint.ts'
import { report } from './report.ts'
import { runDemo } from './run.ts'

// A sampler or a limit that your shell sets for your own apps would drop spans here.
for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name]

const paint = painter(wantsColour(process.stdout, process.env))

process.stdout.write(`${paint.bold('costspan demo: who spends what on AI')}
A small app on the real AI SDK asks a loopback provider in OpenAI's wire format.
Its spans go through the real OTLP exporter to a receiver, also on 127.0.0.1.
`)

const { text, agrees } = report(await runDemo(), paint)
process.stdout.write(`${text}\n`)
if (!agrees) process.exitCode = 1
