import { createInterface } from 'node:readline'
import { OpenTelemetry } from '@ai-sdk/otel'
import { createOpenAI } from '@ai-sdk/openai'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { generateText, registerTelemetry } from 'ai'
import { CostSpanProcessor, withAttribution } from '../../src/index.ts'
import { RefusedAttribution, restoreAttribution } from '../../src/propagation/index.ts'
import { secret, type Done, type Job } from './job.ts'

/** Reads jobs from its input, makes a call for each, all at once, and writes what was charged. */
const [url] = process.argv.slice(2)
const exporter = new InMemorySpanExporter()
context.setGlobalContextManager(new AsyncLocalStorageContextManager())
trace.setGlobalTracerProvider(
  new BasicTracerProvider({
    spanProcessors: [new CostSpanProcessor(), new SimpleSpanProcessor(exporter)],
  }),
)
registerTelemetry(new OpenTelemetry({ usage: true, providerMetadata: true }))
const openai = createOpenAI({ baseURL: `${url}/openai/v1`, apiKey: 'loopback' })
const signingKeys = [secret.signing, secret.older]

async function work({ number, attribution }: Job): Promise<Done> {
  try {
    return await withAttribution(restoreAttribution(attribution, { signingKeys }), async () => {
      const { usage, response } = await generateText({
        model: openai('gpt-4o'),
        prompt: `Job ${number}.`,
      })
      const span = exporter
        .getFinishedSpans()
        .find(
          ({ attributes }) =>
            attributes['cost.status'] !== undefined &&
            attributes['gen_ai.response.id'] === response.id,
        )
      const usd = span?.attributes['cost.usd'] as number
      return { number, input: usage.inputTokens ?? 0, usd, attributes: span?.attributes ?? {} }
    })
  } catch (error) {
    if (error instanceof RefusedAttribution) return { number, refused: error.reason }
    throw error
  }
}

async function workOff(job: Job): Promise<void> {
  const done = await work(job)
  process.stdout.write(`${JSON.stringify(done)}\n`)
}

const working: Promise<void>[] = []
for await (const line of createInterface({ input: process.stdin })) {
  working.push(workOff(JSON.parse(line) as Job))
}
await Promise.all(working)
