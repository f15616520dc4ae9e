import { packageOf } from './packages.ts'
import type { Project } from './project.ts'
import type { RawClient } from './raw-clients.ts'
import { isBefore } from './version.ts'

/** An instrumentation, and the client that it observes. */
interface Observer {
  readonly module: RegExp
  readonly client: string
  /** The majors of the client that it hooks when they are loaded: from `from`, and before `before`. */
  readonly from?: number
  readonly before?: number
  /** Whether it observes these versions only if code passes the client to it. */
  readonly byHandAlso?: boolean
}

const observers: readonly Observer[] = [
  { module: /^@opentelemetry\/instrumentation-openai$/, client: 'openai', from: 4, before: 7 },
  {
    module: /^@opentelemetry\/auto-instrumentations-node(\/|$)/,
    client: 'openai',
    from: 4,
    before: 7,
  },
  {
    module: /^@traceloop\/(instrumentation-openai|node-server-sdk)$/,
    client: 'openai',
    from: 4,
    before: 7,
    byHandAlso: true,
  },
  {
    module: /^@arizeai\/openinference-instrumentation-openai$/,
    client: 'openai',
    from: 5,
    before: 8,
    byHandAlso: true,
  },
  { module: /^@sentry\//, client: 'openai', from: 4, before: 7 },
  {
    module: /^@traceloop\/(instrumentation-anthropic|node-server-sdk)$/,
    client: '@anthropic-ai/sdk',
    before: 1,
  },
  {
    module: /^@arizeai\/openinference-instrumentation-anthropic$/,
    client: '@anthropic-ai/sdk',
    byHandAlso: true,
  },
  { module: /^@sentry\//, client: '@anthropic-ai/sdk', before: 1 },
  {
    module: /^@arizeai\/openinference-instrumentation-langchain/,
    client: 'LangChain',
    byHandAlso: true,
  },
  {
    module: /^@arizeai\/openinference-instrumentation-bedrock$/,
    client: '@aws-sdk/client-bedrock-runtime',
    byHandAlso: true,
  },
  {
    module: /^@opentelemetry\/(instrumentation-aws-sdk|auto-instrumentations-node)(\/|$)/,
    client: '@aws-sdk/client-bedrock-runtime',
  },
]

/** Instrumentations whose spans were not tested with costspan. */
const untried =
  /^(@traceloop\/|@arizeai\/openinference-instrumentation-|@sentry\/|@opentelemetry\/instrumentation-)/

export interface Observed {
  readonly module: string
  /** `hooked`: when the client is loaded. `by hand`: by `manuallyInstrument` or the like. */
  readonly by: 'hooked' | 'by hand' | 'untried' | 'itself' | 'late'
}

/** Instrumentations that describe a span only after its start, when the processor has already classified it. */
const late: readonly (readonly [module: RegExp, client: string])[] = [
  [/^@mastra\/(otel-bridge|otel-exporter|observability)(\/|$)/, 'Mastra'],
  [/^@traceloop\/instrumentation-langchain$/, 'LangChain'],
]

/** Everything in the code that may observe this version of a client. */
export function observersOf(
  client: RawClient,
  module: string,
  project: Project,
): readonly Observed[] {
  const version = project.packages.versionOf(packageOf(module))
  if (module.startsWith('@anthropic-ai/sdk') && version !== undefined && !isBefore(version, 1, 0)) {
    return [{ module, by: 'itself' }]
  }
  // Before its version 1 the AI SDK's own spans were enabled.
  if (client.title === 'Mastra' && version !== undefined && isBefore(version, 1, 0)) {
    return [{ module, by: 'untried' }]
  }
  const used = new Set(project.sources.flatMap(({ usedModules }) => [...usedModules]))
  for (const each of preloaded(project)) used.add(each)
  return [...used].flatMap((each): Observed[] => {
    const all = observers.filter((one) => one.client === client.title && one.module.test(each))
    if (late.some(([one, title]) => title === client.title && one.test(each))) {
      return [{ module: each, by: 'late' }]
    }
    if (all.length === 0) return isUntried(each, client) ? [{ module: each, by: 'untried' }] : []
    return all.flatMap(({ from = 0, before = Infinity, byHandAlso }): Observed[] => {
      const isInRange = version === undefined || (version.major >= from && version.major < before)
      const hooked: Observed[] = isInRange ? [{ module: each, by: 'hooked' }] : []
      return byHandAlso === true ? [...hooked, { module: each, by: 'by hand' }] : hooked
    })
  })
}

function isUntried(module: string, { title }: RawClient): boolean {
  const last =
    title
      .split('/')
      .at(-1)
      ?.replace(/-(sdk|ai|runtime)$/, '') ?? title
  return untried.test(module) && module.toLowerCase().includes(last.replace('client-', ''))
}

/** Whether a command loads it, such as `node --require @opentelemetry/auto-instrumentations-node/register`. */
function preloaded({ packages }: Project): string[] {
  const scripts = JSON.stringify(packages.manifest['scripts'] ?? '')
  return [...scripts.matchAll(/(?:--import|--require|-r)[ =]+(@[\w-]+\/[\w./-]+)/g)].flatMap(
    ([, module]) => module ?? [],
  )
}
