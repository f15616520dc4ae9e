import { painter, wantsColour } from './paint.ts'
import { report } from './report.ts'
import { runDemo } from './run.ts'

// A sampler or a limit that your shell sets for your own apps would drop spans here.
for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name]

const paint = painter(wantsColour(process.stdout, process.env))

console.log(`${paint.bold('costspan demo: who spends what on AI')}
Six users at once use a small chat app on the real AI SDK. A loopback provider answers in OpenAI's
wire format; the real OTLP exporter sends the spans to a receiver here. Nothing leaves 127.0.0.1.
`)

const { text, agrees } = report(await runDemo(), paint)
console.log(text)
if (!agrees) process.exitCode = 1
