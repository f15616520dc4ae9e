import { findingSuite } from './finding-suite.ts'
import {
  aiSdk,
  changed,
  exporter,
  integration,
  nextjs,
  nodeSdk,
  sound,
  soundNext,
  telemetry,
  type Files,
} from './project.ts'

const instrumentation = soundNext['instrumentation.ts'] ?? ''
function nextWith(list: string, more = ''): Files {
  return {
    ...soundNext,
    'instrumentation.ts':
      more + changed(instrumentation, "[new CostSpanProcessor(), 'auto']", `[${list}]`),
  }
}

const oldSdk = { ...aiSdk(7), '@opentelemetry/sdk-trace-base': { version: '2.2.0' } }
const simple = "import { SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'\n"

findingSuite([
  {
    what: 'costspan is not there',
    id: 'costspan-missing',
    severity: 'error',
    add: 'npm install costspan',
    files: { 'integration.ts': integration },
    packages: { ai: 'node_modules/ai' },
    mended: { 'integration.ts': integration },
    mendedPackages: { ai: 'node_modules/ai', costspan: '.' },
  },
  {
    what: 'no processor is set up',
    id: 'processor-missing',
    severity: 'error',
    at: ['telemetry.ts', 'new BasicTracerProvider'],
    add: 'new CostSpanProcessor()',
    files: { ...sound, 'telemetry.ts': changed(telemetry, 'new CostSpanProcessor(), ', '') },
    packages: aiSdk(7),
    mended: sound,
  },
  {
    what: 'SimpleSpanProcessor is first on @vercel/otel',
    id: 'exporter-first',
    severity: 'error',
    at: ['instrumentation.ts', 'registerOTel({'],
    add: '[new CostSpanProcessor(), simple]',
    files: nextWith(
      'simple, new CostSpanProcessor()',
      `${simple}${exporter}const simple = new SimpleSpanProcessor(new OTLPTraceExporter())\n`,
    ),
    packages: nextjs,
    mended: nextWith(
      'new CostSpanProcessor(), simple',
      `${simple}${exporter}const simple = new SimpleSpanProcessor(new OTLPTraceExporter())\n`,
    ),
  },
  {
    what: "'auto' is first on @vercel/otel",
    id: 'exporter-first',
    severity: 'warning',
    at: ['instrumentation.ts', 'registerOTel({'],
    add: "spanProcessors: [new CostSpanProcessor(), 'auto']",
    files: nextWith("'auto', new CostSpanProcessor()"),
    packages: nextjs,
    mended: soundNext,
  },
  {
    what: 'an unknown processor is first on @vercel/otel',
    id: 'exporter-first',
    severity: 'note',
    at: ['instrumentation.ts', 'registerOTel({'],
    add: "[new CostSpanProcessor(), other, 'auto']",
    files: nextWith(
      "other, new CostSpanProcessor(), 'auto'",
      "import { other } from 'some-package'\n",
    ),
    packages: nextjs,
    mended: nextWith("new CostSpanProcessor(), other, 'auto'", "import { other } from 'other'\n"),
  },
  {
    what: 'a batch processor is first on SDK 2.2',
    id: 'exporter-first',
    severity: 'warning',
    at: ['telemetry.ts', 'new BasicTracerProvider'],
    add: '[new CostSpanProcessor(), new BatchSpanProcessor(new OTLPTraceExporter())]',
    files: {
      ...sound,
      'telemetry.ts': changed(
        telemetry,
        '[new CostSpanProcessor(), new BatchSpanProcessor(new OTLPTraceExporter())]',
        '[new BatchSpanProcessor(new OTLPTraceExporter()), new CostSpanProcessor()]',
      ),
    },
    packages: oldSdk,
    mended: sound,
  },
  {
    what: 'addSpanProcessor of SDK 1 is called for the exporter first',
    id: 'exporter-first',
    severity: 'error',
    at: ['telemetry.ts', 'new NodeTracerProvider'],
    add: '[new CostSpanProcessor(), new SimpleSpanProcessor(new OTLPTraceExporter())]',
    files: {
      ...sound,
      'telemetry.ts': `${simple}${exporter}import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { CostSpanProcessor } from 'costspan'
const provider = new NodeTracerProvider()
provider.addSpanProcessor(new SimpleSpanProcessor(new OTLPTraceExporter()))
provider.addSpanProcessor(new CostSpanProcessor())
provider.register()
`,
    },
    packages: { ...aiSdk(7), '@opentelemetry/sdk-trace-node': { version: '1.30.1' } },
    mended: {
      ...sound,
      'telemetry.ts': `${simple}${exporter}import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { CostSpanProcessor } from 'costspan'
const provider = new NodeTracerProvider()
provider.addSpanProcessor(new CostSpanProcessor())
provider.addSpanProcessor(new SimpleSpanProcessor(new OTLPTraceExporter()))
provider.register()
`,
    },
  },
  {
    what: "@vercel/otel is given no 'auto'",
    id: 'exporter-missing',
    severity: 'error',
    at: ['instrumentation.ts', 'registerOTel({'],
    add: "[new CostSpanProcessor(), 'auto']",
    files: nextWith('new CostSpanProcessor()'),
    packages: nextjs,
    mended: soundNext,
  },
  {
    what: 'NodeSDK is given processors and an exporter',
    id: 'exporter-missing',
    severity: 'error',
    at: ['telemetry.ts', 'new NodeSDK('],
    add: 'new BatchSpanProcessor(new OTLPTraceExporter())]',
    files: nodeSdk(
      'traceExporter: new OTLPTraceExporter(), spanProcessors: [new CostSpanProcessor()]',
    ),
    packages: { ...aiSdk(7), '@opentelemetry/sdk-node': { version: '0.223.0' } },
    mended: nodeSdk(
      'spanProcessors: [new CostSpanProcessor(), new BatchSpanProcessor(new OTLPTraceExporter())]',
    ),
  },
  {
    what: 'no context manager is registered',
    id: 'no-context-manager',
    severity: 'error',
    at: ['telemetry.ts', 'new BasicTracerProvider'],
    add: 'context.setGlobalContextManager(new AsyncLocalStorageContextManager())',
    files: {
      ...sound,
      'telemetry.ts': changed(
        changed(
          telemetry,
          "import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'\n",
          '',
        ),
        'context.setGlobalContextManager(new AsyncLocalStorageContextManager())\n',
        '',
      ),
    },
    packages: aiSdk(7),
    mended: sound,
  },
  {
    what: 'a context manager is imported, and not registered',
    id: 'no-context-manager',
    severity: 'error',
    at: ['telemetry.ts', 'new BasicTracerProvider'],
    add: 'context.setGlobalContextManager(new AsyncLocalStorageContextManager())',
    files: {
      ...sound,
      'telemetry.ts': changed(
        telemetry,
        'context.setGlobalContextManager(new AsyncLocalStorageContextManager())\n',
        '',
      ),
    },
    packages: aiSdk(7),
    mended: sound,
  },
  {
    what: 'spans are exported one by one',
    id: 'simple-processor',
    severity: 'warning',
    at: ['telemetry.ts', 'new SimpleSpanProcessor'],
    add: 'new BatchSpanProcessor(exporter)',
    files: {
      ...sound,
      'telemetry.ts': telemetry.replaceAll('BatchSpanProcessor', 'SimpleSpanProcessor'),
    },
    packages: aiSdk(7),
    mended: sound,
  },
])
