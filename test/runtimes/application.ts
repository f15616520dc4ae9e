import { openai } from '@ai-sdk/openai'
import { OpenTelemetry } from '@ai-sdk/otel'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { generateText, registerTelemetry, streamText } from 'ai'
import { CostSpanProcessor, withAttribution } from 'costspan'
import { costTelemetry } from 'costspan/ai-sdk'
import { flush } from 'costspan/serverless'
import { openLedger } from 'costspan/ledger'

/** An application that is killed when it has flushed, whatever runtime it is on. */
const ledger = openLedger(process.argv[2] ?? '')
const exporter = new OTLPTraceExporter()
context.setGlobalContextManager(new AsyncLocalStorageContextManager())
trace.setGlobalTracerProvider(
  new BasicTracerProvider({
    spanProcessors: [
      new CostSpanProcessor({ onCharge: ledger.record }),
      new BatchSpanProcessor(exporter),
    ],
  }),
)
registerTelemetry(new OpenTelemetry(costTelemetry()))

const model = openai('gpt-4o')

async function askAs(userId: string): Promise<void> {
  await withAttribution({ userId }, async () => {
    const prompt = `I am ${userId}.`
    await generateText({ model, prompt })
    await streamText({ model, prompt }).consumeStream()
  })
}

await Promise.all(['ada', 'tom'].map(askAs))
const isFlushed = await flush({ targets: [exporter, ledger] })
process.stdout.write(`flushed: ${isFlushed}\n`)
process.kill(process.pid, 'SIGKILL')
