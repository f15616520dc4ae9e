import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor, type Charge } from 'costspan'

/** Whatever is recorded from here on: what was charged as it ended, and what was exported. */
export interface Recording {
  readonly charges: Charge[]
  spans(): ReadableSpan[]
}

/** Registers a tracer provider of its own, as an application does, and takes the old one away. */
export function startRecording({ withContextManager = true } = {}): Recording {
  trace.disable()
  context.disable()
  if (withContextManager) context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  const charges: Charge[] = []
  const exporter = new InMemorySpanExporter()
  const costs = new CostSpanProcessor({ onCharge: (charge) => charges.push(charge) })
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [costs, new SimpleSpanProcessor(exporter)] }),
  )
  return { charges, spans: () => exporter.getFinishedSpans() }
}

/** The only charge there is. */
export function onlyCharge({ charges }: Recording): Charge {
  const [charge] = charges
  if (charge === undefined || charges.length > 1) throw new Error(`${charges.length} charges`)
  return charge
}
