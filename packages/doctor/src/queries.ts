import { pushedTo } from './mutations.ts'
import { callOf, callsOf, type Located, type Project } from './project.ts'
import type { Call } from './module.ts'
import { asNode, nodesIn, propertyOf, stringOf, type SyntaxNode } from './syntax.ts'
import { isBefore, type Version } from './version.ts'

const spanCalls = [
  'generateText',
  'streamText',
  'generateObject',
  'streamObject',
  'embed',
  'embedMany',
  'rerank',
  'Agent',
  'Experimental_Agent',
  'ToolLoopAgent',
]

/** The functions of the AI SDK that make billed calls, and agents, which call them. */
export function aiCalls(project: Project): readonly Call[] {
  return callsOf(project, /^ai$/, ...spanCalls)
}

/** Any module of costspan. */
export const COSTSPAN = /^costspan(\/|$)/
export const SDK_TRACE = /^@opentelemetry\/(sdk-trace|sdk-node)/

const tracerProviders = [
  'BasicTracerProvider',
  'NodeTracerProvider',
  'TracerProvider',
  'WebTracerProvider',
]

/** A set-up of tracing: a provider, `NodeSDK` or `registerOTel`. */
export interface Setup {
  readonly call: Call
  readonly kind: 'provider' | 'NodeSDK' | '@vercel/otel'
  readonly options: Located | undefined
  /** In their order. Undefined if the list is not a literal. */
  readonly processors: readonly Processor[] | undefined
  /** Whether the SDK calls `onEnding` of every processor. Undefined if its version is not known. */
  readonly callsOnEnding: boolean | undefined
}

export interface Processor {
  readonly node: SyntaxNode
  readonly call: Call | undefined
  /** Its source text in the list. */
  readonly text: string
  /** Its class or function, or a string such as `'auto'`. */
  readonly name: string | undefined
}

export function setupsOf(project: Project): readonly Setup[] {
  return [
    ...callsOf(project, /^@vercel\/otel$/, 'registerOTel').map((call) =>
      toSetup(call, '@vercel/otel', project),
    ),
    ...callsOf(project, /^@opentelemetry\/sdk-node$/, 'NodeSDK').map((call) =>
      toSetup(call, 'NodeSDK', project),
    ),
    ...callsOf(project, SDK_TRACE, ...tracerProviders, ...tracerProviders.map(inNode))
      .filter(({ isNew }) => isNew)
      .map((call) => toSetup(call, 'provider', project)),
  ]
}

/** `sdk-node` re-exports the providers. */
function inNode(name: string): string {
  return `tracing.${name}`
}

function toSetup(call: Call, kind: Setup['kind'], project: Project): Setup {
  const [first] = call.arguments
  const options = first === undefined ? undefined : project.resolve(first, call.source)
  return {
    call,
    kind,
    options,
    processors: processorsOf(call, options, project),
    callsOnEnding: kind === '@vercel/otel' ? false : callsOnEnding(project, call.of?.module ?? ''),
  }
}

function processorsOf(
  call: Call,
  options: Located | undefined,
  project: Project,
): readonly Processor[] | undefined {
  const added = addedTo(call, project)
  const stated = propertyOf(options?.node, 'spanProcessors')
  if (stated === undefined || options === undefined) return added.length > 0 ? added : undefined
  const list = project.resolve(stated, options.source)
  if (list.node.type !== 'ArrayExpression') return undefined
  const pushed = pushedTo(list, { object: options, property: 'spanProcessors' }, project)
  if (pushed === undefined) return undefined
  const elements = nodesIn(list.node['elements']).map((node) => ({ node, source: list.source }))
  return [...elements, ...pushed].map((each) => toProcessor(each, project)).concat(added)
}

/** Processors that `provider.addSpanProcessor()` of SDK 1 adds in the same file. */
function addedTo({ source }: Call, project: Project): readonly Processor[] {
  return source.calls
    .filter(({ name }) => name === 'addSpanProcessor')
    .flatMap(({ arguments: [node] }) =>
      node === undefined ? [] : [toProcessor({ node, source }, project)],
    )
}

function toProcessor({ node, source }: Located, project: Project): Processor {
  const call = callOf(node, source, project)
  return {
    node,
    call,
    text: source.text.slice(node.start ?? 0, node.end ?? 0),
    name: call?.of?.name ?? stringOf(project.resolve(node, source).node),
  }
}

function callsOnEnding({ packages }: Project, module: string): boolean | undefined {
  const version = traceSdkVersion(packages, module)
  return version === undefined ? undefined : !isBefore(version, 2, 3)
}

/** The SDK package that a package uses: `sdk-node` may have its own copy. */
function traceSdkVersion(
  { find, versionOf }: Project['packages'],
  module: string,
): Version | undefined {
  if (module !== '@opentelemetry/sdk-node') return versionOf(module)
  const folder = find(module)?.folder
  const inside = ['@opentelemetry/sdk-trace-base', '@opentelemetry/sdk-trace'].map(
    (name) => folder && find(name, folder),
  )
  const found = inside.find((each) => typeof each === 'object')
  return found ? versionFrom(found.version) : undefined
}

function versionFrom(text: string): Version | undefined {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map(Number)
  return { major, minor, patch, text }
}

export function isCostProcessor({ call, name }: Processor): boolean {
  return name === 'CostSpanProcessor' && COSTSPAN.test(call?.of?.module ?? '')
}

/** Where code makes what writes costs onto spans. */
export function costProcessors(project: Project): readonly Call[] {
  return callsOf(project, COSTSPAN, 'CostSpanProcessor', 'CostSpanExporter').filter(
    ({ isNew }) => isNew,
  )
}

export function firstArgument(call: Call, project: Project): Located | undefined {
  const [first] = call.arguments
  return first === undefined ? undefined : project.resolve(first, call.source)
}

export function resolveProperty(
  object: Located | undefined,
  name: string,
  project: Project,
): Located | undefined {
  const value = propertyOf(object?.node, name)
  return value === undefined || object === undefined
    ? undefined
    : project.resolve(value, object.source)
}

/** Whether any object in the code has a property of this name. */
export function hasProperty({ sources }: Project, ...names: readonly string[]): boolean {
  return sources.some(({ nodes }) => nodes.some((node) => isPropertyOf(node, names)))
}

/** How many objects of the project have a property of that name. */
export function countProperties({ sources }: Project, name: string): number {
  const counts = sources.map(
    ({ nodes }) => nodes.filter((node) => isPropertyOf(node, [name])).length,
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

function isPropertyOf({ type, key }: SyntaxNode, names: readonly string[]): boolean {
  return (
    (type === 'ObjectProperty' || type === 'ObjectMethod') &&
    names.includes((asNode(key)?.['name'] ?? asNode(key)?.['value']) as string)
  )
}

/** The major of the AI SDK. */
export function aiMajor({ packages }: Project): number | undefined {
  return packages.versionOf('ai')?.major
}

/** The place of a call, for a finding. */
export function placeOf({ source, line }: Call): { file: string; line: number | undefined } {
  return { file: source.path, line }
}

export function isNextProject({ packages }: Project): boolean {
  return packages.declared.has('next')
}
