import { type Case, findingSuite } from './finding-suite.ts'
import {
  aiSdk,
  changed,
  exporter,
  nextjs,
  nodeSdk,
  sound,
  soundNext,
  telemetry,
  type Files,
} from './project.ts'

const instrumentation = soundNext['instrumentation.ts'] ?? ''
function withSampler(sampler: string, imports: string): Files {
  const named = changed(telemetry, 'spanProcessors:', `sampler: ${sampler},\n    spanProcessors:`)
  return { ...sound, 'telemetry.ts': imports + named }
}

const samplers =
  "import { AlwaysOffSampler, AlwaysOnSampler, ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base'\n"

const recordCosts = "import { recordCosts } from 'costspan/sampling'\n"

findingSuite([
  ...(
    [
      ['new TraceIdRatioBasedSampler(0.1)', 'error'],
      ['new TraceIdRatioBasedSampler()', 'error'],
      ['new AlwaysOffSampler()', 'error'],
      ['new TraceIdRatioBasedSampler(Number(process.env.RATIO))', 'warning'],
      ['new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.1) })', 'error'],
      ['new ParentBasedSampler({ root: new AlwaysOnSampler() })', 'note'],
    ] as const
  ).map(([sampler, severity]): Case => ({
    what: `the sampler is ${sampler}`,
    id: 'sampler-drops',
    severity,
    at: ['telemetry.ts', 'sampler:'],
    add: `sampler: recordCosts(${sampler})`,
    files: withSampler(sampler, samplers),
    packages: aiSdk(7),
    mended: withSampler(`recordCosts(${sampler})`, samplers + recordCosts),
  })),
  {
    what: 'a sampler with a name is not wrapped',
    id: 'sampler-drops',
    severity: 'error',
    at: ['sampler.ts', 'TraceIdRatioBasedSampler(0.1)'],
    add: 'recordCosts(new TraceIdRatioBasedSampler(0.1))',
    files: {
      ...withSampler('tenth', "import { tenth } from './sampler'\n"),
      'sampler.ts': `${samplers}export const tenth = new TraceIdRatioBasedSampler(0.1)\n`,
    },
    packages: aiSdk(7),
    mended: {
      ...withSampler('recordCosts(tenth)', `import { tenth } from './sampler'\n${recordCosts}`),
      'sampler.ts': `${samplers}export const tenth = new TraceIdRatioBasedSampler(0.1)\n`,
    },
  },
  {
    what: 'the environment samples',
    id: 'sampler-drops',
    severity: 'error',
    at: ['.env', 'OTEL_TRACES_SAMPLER='],
    add: 'OTEL_TRACES_SAMPLER=always_on',
    files: {
      ...soundNext,
      '.env':
        '# ours\nOTEL_TRACES_SAMPLER=traceidratio\nOTEL_TRACES_SAMPLER_ARG="0.25" # a quarter\n',
    },
    packages: nextjs,
    mended: { ...soundNext, '.env': 'OTEL_TRACES_SAMPLER=always_on\n' },
  },
  {
    what: 'the environment samples, and recordCosts is imported only',
    id: 'sampler-drops',
    severity: 'error',
    at: ['.env', 'OTEL_TRACES_SAMPLER='],
    add: 'recordCosts(sampler)',
    files: {
      ...sound,
      '.env': 'OTEL_TRACES_SAMPLER=always_off\n',
      'telemetry.ts': recordCosts + telemetry,
    },
    packages: aiSdk(7),
    mended: {
      ...sound,
      '.env': 'OTEL_TRACES_SAMPLER=always_off\n',
      ...withSampler('recordCosts(new AlwaysOnSampler())', samplers + recordCosts),
    },
  },
  {
    what: '@vercel/otel samples by name',
    id: 'sampler-drops',
    severity: 'error',
    at: ['instrumentation.ts', 'registerOTel({'],
    add: "traceSampler: 'always_on'",
    files: {
      ...soundNext,
      'instrumentation.ts': changed(
        instrumentation,
        "serviceName: 'chat'",
        "serviceName: 'chat', traceSampler: 'always_off'",
      ),
    },
    packages: nextjs,
    mended: soundNext,
  },
  {
    what: 'NodeSDK follows its caller',
    id: 'sampler-drops',
    severity: 'note',
    at: ['telemetry.ts', 'new NodeSDK('],
    add: 'recordCosts(new AlwaysOnSampler())',
    files: {
      ...sound,
      'telemetry.ts': `${exporter}import { NodeSDK } from '@opentelemetry/sdk-node'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor } from 'costspan'
const processors = [new CostSpanProcessor(), new BatchSpanProcessor(new OTLPTraceExporter())]
new NodeSDK({ spanProcessors: processors }).start()
`,
    },
    packages: { ...aiSdk(7), '@opentelemetry/sdk-node': { version: '0.223.0' } },
    mended: nodeSdk(
      'spanProcessors: [new CostSpanProcessor(), new BatchSpanProcessor(new OTLPTraceExporter())]',
    ),
  },
  {
    what: "Sentry's sample rate",
    id: 'sampler-drops',
    severity: 'error',
    at: ['sentry.ts', 'Sentry.init'],
    add: 'tracesSampleRate: 1',
    files: {
      ...sound,
      'sentry.ts': `import * as Sentry from '@sentry/node'
import { CostSpanProcessor } from 'costspan'
Sentry.init({ tracesSampleRate: 0.2, openTelemetrySpanProcessors: [new CostSpanProcessor()] })
`,
    },
    packages: { ...aiSdk(7), '@sentry/node': { version: '10.78.0' } },
    mended: {
      ...sound,
      'sentry.ts': `import * as Sentry from '@sentry/node'
import { CostSpanProcessor } from 'costspan'
Sentry.init({ tracesSampleRate: 1, openTelemetrySpanProcessors: [new CostSpanProcessor()] })
`,
    },
  },
])
