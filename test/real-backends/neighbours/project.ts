import { execFile } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import type { ProviderRequest, Reply } from '../../loopback/exchange.ts'
import { startProvider, type ServedCall } from '../../loopback/provider.ts'
import { startReceiver } from '../../loopback/receiver.ts'
import { installFromNpm, run, temporaryFolder } from '../install.ts'
import { startBackend } from './backend.ts'
import type { ArrivedSpan } from './protobuf.ts'

const execute = promisify(execFile)
const repository = join(import.meta.dirname, '../../..')

/** Every project has them, pinned like their neighbours. */
const aiSdks = [
  'ai@7.0.173',
  '@ai-sdk/openai@4.0.118',
  '@ai-sdk/otel@1.0.173',
  'ai-6@npm:ai@6.0.326',
  'openai-6@npm:@ai-sdk/openai@3.0.141',
]

/** A user's project: costspan as it is packed for npm, the AI SDK, and a neighbour. */
export interface Project {
  /** Runs one of the programs of this folder to its end. */
  run(program: string, environment?: Record<string, string>): Promise<Outcome>
  remove(): void
}

/** What a program brought about. */
export interface Outcome {
  /** What the provider served and billed. */
  readonly calls: readonly ServedCall[]
  /** What the neighbour sent to its own backend. */
  readonly theirs: readonly ArrivedSpan[]
  /** What the plain exporter beside it sent. */
  readonly plain: readonly ArrivedSpan[]
  /** What it printed. */
  readonly output: string
}

export async function createProject(name: string, packages: readonly string[]): Promise<Project> {
  const folder = temporaryFolder(name)
  try {
    const packed = await run(
      'npm',
      ['pack', '--loglevel', 'error', '--pack-destination', folder.path],
      repository,
    )
    const archive = join(folder.path, packed.trim())
    const project = await installFromNpm(folder.path, [archive, ...aiSdks, ...packages])
    const programs = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.mjs'))
    for (const file of programs) cpSync(join(import.meta.dirname, file), join(project, file))
    for (const [setUp, code] of documentedSetUps()) {
      writeFileSync(join(project, `documented-${setUp}.mjs`), code)
    }
    return {
      run: (program, environment) => runIn(project, program, environment),
      remove: () => folder.remove(),
    }
  } catch (error) {
    folder.remove()
    throw error
  }
}

/** What docs/guide/other-processors.md shows, for `documented.mjs`. */
function documentedSetUps(): (readonly [setUp: string, code: string])[] {
  const text = readFileSync(join(repository, 'docs/guide/other-processors.md'), 'utf8')
  return [...text.matchAll(/^```js (\S+)\n([\s\S]*?)^```$/gm)].map(
    ([, setUp = '', code = '']) => [setUp, code] as const,
  )
}

async function runIn(
  project: string,
  program: string,
  environment: Record<string, string> = {},
): Promise<Outcome> {
  const provider = await startProvider({ reply: replyTo })
  const [theirs, plain] = [await startBackend(), await startReceiver()]
  try {
    const { stdout, stderr } = await execute(process.execPath, [program], {
      cwd: project,
      timeout: 60_000,
      env: {
        PATH: process.env['PATH'],
        PROVIDER_URL: provider.url,
        PLAIN_URL: plain.url,
        THEIR_URL: theirs.url,
        // How LangSmith and Traceloop are configured.
        LANGSMITH_TRACING: 'true',
        LANGSMITH_API_KEY: 'none',
        LANGSMITH_ENDPOINT: theirs.url,
        TRACELOOP_BASE_URL: theirs.url,
        TRACELOOP_TELEMETRY: 'false',
        ...environment,
      },
    })
    const output = stdout + stderr
    return { calls: provider.calls, theirs: theirs.spans, plain: plain.spans, output }
  } finally {
    await Promise.all([provider, theirs, plain].map((server) => server.close()))
  }
}

/** A step that calls the tool first; always some cached tokens, the price of which is easily lost. */
function replyTo({ tools, body }: ProviderRequest): Reply {
  const usage = { uncachedInput: 1_000, cacheRead: 2_000, outputText: 100, reasoning: 50 }
  const isAnswered = JSON.stringify(body).includes('function_call_output')
  return tools.length > 0 && !isAnswered
    ? { toolCalls: [{ name: 'weather', input: { city: 'Bern' } }], usage }
    : { text: 'Mild.', usage }
}

/** Whose model it is in `work.mjs`. */
function userOf({ model }: ServedCall): string {
  return model.startsWith('gpt-4o-2') ? 'maya' : 'tom'
}

/**
 * Cost and user of every call, on one span each, equal to what was billed. `status` is that of the
 * chats; the embedding has nothing to hide.
 */
export function expectCostAndUser(
  spans: readonly ArrivedSpan[],
  calls: readonly ServedCall[],
  status = 'priced',
): void {
  const billed = calls.map((call) => [userOf(call), call.usd] as const)
  expect(calls).toHaveLength(5)
  expect(sumsByUser(costsOf(spans))).toEqual(sumsByUser(billed))
  const priced = spans.filter(({ attributes }) => attributes['cost.usd'] !== undefined)
  expect(priced).toHaveLength(calls.length)
  const statuses = priced.map(({ attributes }) => String(attributes['cost.status']))
  expect(statuses.toSorted()).toEqual([status, status, status, status, 'priced'])
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length)
}

export function costsOf(spans: readonly ArrivedSpan[]): (readonly [unknown, unknown])[] {
  return spans
    .filter(({ attributes }) => attributes['cost.usd'] !== undefined)
    .map(({ attributes }) => [attributes['user.id'], attributes['cost.usd']])
}

/** In billionths of a US dollar, so that sums compare. */
function sumsByUser(costs: readonly (readonly [user: unknown, usd: unknown])[]): object {
  const sums: Record<string, number> = {}
  for (const [user, usd] of costs) sums[String(user)] = (sums[String(user)] ?? 0) + Number(usd)
  return Object.fromEntries(
    Object.entries(sums)
      .toSorted(([one], [other]) => one.localeCompare(other))
      .map(([user, usd]) => [user, Math.round(usd * 1e9)]),
  )
}
