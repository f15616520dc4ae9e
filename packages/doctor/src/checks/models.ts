import { catalog, providerFamily } from 'costspan'
import { placeOf } from '../queries.ts'
import { noFindings, type Finding, type CheckResult } from '../finding.ts'
import { callOf, mentions, type Project } from '../project.ts'
import { callAt, importedAs, type Call } from '../module.ts'
import {
  asNode,
  isWrittenOut,
  nodesIn,
  stringOf,
  textOf,
  unwrap,
  type SyntaxNode,
} from '../syntax.ts'

/** The provider of each package of the AI SDK as spans name it. Azure names deployments, and gateways bill themselves. */
const providers: ReadonlyMap<string, string> = new Map(
  [
    'openai',
    'anthropic',
    'google',
    'google-vertex',
    'amazon-bedrock',
    'mistral',
    'cohere',
    'groq',
    'xai',
    'deepseek',
    'fireworks',
    'togetherai',
    'perplexity',
    'cerebras',
    'deepinfra',
  ].map((name) => [`@ai-sdk/${name}`, name] as const),
)

/** The methods that return a model with a price per token. Spans carry no images. */
const makers = new Set([
  'chat',
  'chatModel',
  'completion',
  'embedding',
  'embeddingModel',
  'languageModel',
  'messages',
  'responses',
  'textEmbedding',
  'textEmbeddingModel',
])

interface NamedModel {
  readonly provider: string
  readonly model: string
  readonly call: Call
}

/** Whether the catalog has a price for the models that the code names. */
export function checkModels(project: Project): CheckResult {
  const named = project.calls.flatMap((call) => namedModel(call, project))
  if (named.length === 0) return noFindings
  const unpriced = named.filter(({ provider, model }) => !isPriced(provider, model))
  const findings = unpriced
    .map((each) => toFinding(each, project))
    .filter((one) => one !== undefined)
  const models = new Set(named.map(({ provider, model }) => `${provider} ${model}`)).size
  if (unpriced.length > 0) return { findings }
  return {
    findings,
    fine:
      models === 1
        ? 'the model that code names has a price'
        : `all ${models} models that code names have a price`,
  }
}

function isPriced(provider: string, model: string): boolean {
  const price = catalog.find({
    provider,
    family: providerFamily(provider),
    model,
    at: Date.now(),
    serviceTier: undefined,
    region: undefined,
  })
  return price !== 'model_without_price'
}

function toFinding({ provider, model, call }: NamedModel, project: Project): Finding | undefined {
  // The prices of the project may be computed. Those that spell the id are meant for it.
  const hasOwnPrices = mentions(project, 'definePrices', 'prices')
  if (hasOwnPrices && isSpelledInPrices(model, project)) return undefined
  return {
    id: 'model-unpriced',
    severity: hasOwnPrices ? 'note' : 'warning',
    ...placeOf(call),
    message: hasOwnPrices
      ? `The catalog has no price for ${model} of ${provider}: unless your own prices have, its calls carry no cost.`
      : `The catalog has no price for ${model} of ${provider}: its calls carry no cost.`,
    add:
      `npx costspan price ${provider} ${model}   (shows ids that are like it)\n` +
      `definePrices('own-1', [{ provider: '${provider}', model: '${model}', input: …, output: … }])`,
  }
}

function isSpelledInPrices(model: string, { sources }: Project): boolean {
  return sources.some(({ nodes }) =>
    nodes.some(
      (node) =>
        node.type === 'ObjectProperty' &&
        textOf(asNode(node['key'])) === 'model' &&
        stringOf(asNode(node['value'])) === model,
    ),
  )
}

function namedModel(call: Call, project: Project): NamedModel[] {
  const [first] = call.arguments
  if (call.isNew || first === undefined) return []
  const provider = providerOf(call, project)
  if (provider === undefined) return []
  const model = stringOf(project.resolve(first, call.source).node)
  return model === undefined || model === '' ? [] : [{ provider, model, call }]
}

/** The provider of `openai('…')`, `openai.chat('…')`, and the same on the result of `createOpenAI()`. */
function providerOf({ node, of, source }: Call, project: Project): string | undefined {
  const callee = unwrap(asNode(node['callee']) ?? node)
  const isMember = callee.type === 'MemberExpression'
  if (isMember && !makers.has(textOf(asNode(callee['property'])) ?? '')) return undefined
  const root = isMember ? asNode(callee['object']) : callee
  if (root === undefined || root.type !== 'Identifier') return undefined
  if (of !== undefined && providers.has(of.module)) {
    return /^create|^default$/.test(of.name) ? undefined : providers.get(of.module)
  }
  const made = madeProvider(root, source, project)
  return made ?? importedThere(root, source, project)
}

/** The provider that `createOpenAI()` and the like make. With a name or an address it may be any provider. */
function madeProvider(
  root: SyntaxNode,
  source: Call['source'],
  project: Project,
): string | undefined {
  const maker = callOf(root, source, project)
  if (!/^create[A-Z]/.test(maker?.of?.name ?? '')) return undefined
  const [options] = maker?.arguments ?? []
  const isPlain =
    options === undefined ||
    (isWrittenOut(options) &&
      nodesIn(options['properties']).every(
        (property) => !['name', 'baseURL'].includes(textOf(asNode(property['key'])) ?? ''),
      ))
  return isPlain ? providers.get(maker?.of?.module ?? '') : undefined
}

/** The provider that another file of the project exports again. */
function importedThere(
  root: SyntaxNode,
  source: Call['source'],
  project: Project,
): string | undefined {
  const found = project.resolve(root, source)
  if (found.source === source || callAt(found.node, found.source) !== undefined) return undefined
  const imported = importedAs(found.node, found.source)
  return imported === undefined || imported.name.startsWith('create')
    ? undefined
    : providers.get(imported.module)
}
