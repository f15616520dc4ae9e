import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { diagnose, type Diagnosis, type Finding } from 'costspan-doctor'

export const root = join(import.meta.dirname, '../../..')

export interface Files {
  readonly [path: string]: string
}

/** A package that is linked from the folder of that name in this repository, or one of which only a manifest is written. */
export type Installed = string | { readonly version: string; readonly [field: string]: unknown }

export interface Packages {
  readonly [name: string]: Installed
}

const folders: string[] = []

/** A project in a temporary folder, with a package.json that asks for the packages. */
export function writeProject(files: Files, packages: Packages = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'costspan-doctor-'))
  folders.push(folder)
  const dependencies = Object.fromEntries(
    Object.keys(packages)
      .filter((name) => !name.includes('node_modules'))
      .map((name) => [name, '*']),
  )
  const manifest = { name: 'app', type: 'module', dependencies }
  for (const [path, text] of Object.entries({
    'package.json': JSON.stringify(manifest),
    ...files,
  })) {
    write(join(folder, path), text)
  }
  for (const [name, installed] of Object.entries(packages)) {
    const path = join(folder, 'node_modules', name)
    mkdirSync(dirname(path), { recursive: true })
    if (typeof installed === 'string') symlinkSync(join(root, installed), path)
    else write(join(path, 'package.json'), JSON.stringify({ name, ...installed }))
  }
  return folder
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

export function removeProjects(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

export function diagnoseProject(files: Files, packages: Packages = {}): Promise<Diagnosis> {
  return diagnose({ directory: writeProject(files, packages) })
}

/** What is worse than a note, in short. */
export function bad({ findings }: Diagnosis): string[] {
  return findings.filter(({ severity }) => severity !== 'note').map(inShort)
}

export function inShort({ id, severity, file, line, message }: Finding): string {
  return `${severity} ${id} ${file ?? ''}:${line ?? ''} ${message}`
}

const modules = 'node_modules'

export const otel: Packages = {
  costspan: '.',
  '@opentelemetry/api': `${modules}/@opentelemetry/api`,
  '@opentelemetry/context-async-hooks': `${modules}/@opentelemetry/context-async-hooks`,
  '@opentelemetry/exporter-trace-otlp-http': `${modules}/@opentelemetry/exporter-trace-otlp-http`,
  '@opentelemetry/resources': `${modules}/@opentelemetry/resources`,
  '@opentelemetry/sdk-metrics': `${modules}/@opentelemetry/sdk-metrics`,
  '@opentelemetry/sdk-trace-base': `${modules}/@opentelemetry/sdk-trace-base`,
}

/** As `npm install` of the README puts them there. */
export function aiSdk(major: 4 | 5 | 6 | 7): Packages {
  const end = major === 7 ? '' : `-${major}`
  return {
    ...otel,
    ai: `${modules}/ai${end}`,
    '@ai-sdk/openai': major === 7 ? `${modules}/@ai-sdk/openai` : `${modules}/openai-${major}`,
    ...(major === 7 && { '@ai-sdk/otel': `${modules}/@ai-sdk/otel` }),
  }
}

export const nextjs: Packages = {
  ...aiSdk(7),
  '@vercel/otel': `${modules}/@vercel/otel`,
  next: `${modules}/next`,
}

/** The plain SDK, as it should be. */
export const telemetry = `import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { context, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor } from 'costspan'

context.setGlobalContextManager(new AsyncLocalStorageContextManager())
trace.setGlobalTracerProvider(
  new BasicTracerProvider({
    spanProcessors: [new CostSpanProcessor(), new BatchSpanProcessor(new OTLPTraceExporter())],
  }),
)
`

export const integration = `import { OpenTelemetry } from '@ai-sdk/otel'
import { registerTelemetry } from 'ai'

registerTelemetry(new OpenTelemetry({ usage: true, providerMetadata: true }))
`

export const call = `import { openai } from '@ai-sdk/openai'
import { generateText } from 'ai'
import { withAttribution } from 'costspan'

export const answer = (userId: string, prompt: string) =>
  withAttribution({ userId }, () => generateText({ model: openai('gpt-4o'), prompt }))
`

/** AI SDK 7 on the plain SDK, in which nothing is wrong. */
export const sound: Files = {
  'telemetry.ts': telemetry,
  'integration.ts': integration,
  'answer.ts': call,
}

/** Next.js, in which nothing is wrong. */
export const soundNext: Files = {
  'instrumentation.ts': `import { OpenTelemetry } from '@ai-sdk/otel'
import { registerOTel } from '@vercel/otel'
import { registerTelemetry } from 'ai'
import { CostSpanProcessor } from 'costspan'

export function register() {
  registerOTel({ serviceName: 'chat', spanProcessors: [new CostSpanProcessor(), 'auto'] })
  registerTelemetry(new OpenTelemetry({ usage: true, providerMetadata: true }))
}
`,
  'app/api/chat/route.ts': `import { openai } from '@ai-sdk/openai'
import { streamText } from 'ai'
import { withAttribution } from 'costspan'
import { after } from 'next/server'

export async function POST(request: Request) {
  return withAttribution({ userId: 'u_42' }, async () => {
    const result = streamText({ model: openai('gpt-4o'), prompt: await request.text() })
    after(async () => result.consumeStream())
    return result.toUIMessageStreamResponse()
  })
}
`,
}

/** The line, counted from 1, of the first occurrence of a text. */
export function lineOf(text: string, part: string): number {
  const at = text.indexOf(part)
  if (at === -1) throw new Error(`there is no ${part}`)
  return text.slice(0, at).split('\n').length
}

/** A file with a part of it exchanged. */
export function changed(text: string, part: string, by: string): string {
  if (!text.includes(part)) throw new Error(`there is no ${part}`)
  return text.replace(part, () => by)
}

export const exporter =
  "import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'\n"

/** The set-up of `NodeSDK`, with these options besides. */
export const nodeSdk = (options: string): Files => ({
  ...sound,
  'telemetry.ts': `${exporter}import { NodeSDK } from '@opentelemetry/sdk-node'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { AlwaysOnSampler } from '@opentelemetry/sdk-trace-base'
import { CostSpanProcessor } from 'costspan'
import { recordCosts } from 'costspan/sampling'

const sdk = new NodeSDK({ sampler: recordCosts(new AlwaysOnSampler()), ${options} })
sdk.start()
`,
})
