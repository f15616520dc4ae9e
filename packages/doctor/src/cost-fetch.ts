import { importedAs, type Call, type Source } from './module.ts'
import { callsOf, type Located, type Project } from './project.ts'
import { COSTSPAN } from './queries.ts'
import { asNode, nodesIn, nodesOf, textOf, type SyntaxNode } from './syntax.ts'

/** Clients whose requests `costFetch` does not read, though they take one. */
const unread = /bedrock-sdk|realtime/

/** Whether `withCosts` wraps the client that is made at a node, or `costFetch` sends its requests. */
export function isReadFromWire(
  { node, source }: Located,
  module: string,
  project: Project,
): boolean {
  if (unread.test(module)) return false
  if (wrappedNodes(project).has(node) || isInWrapper(node, source, project)) return true
  const made = source.callsByNode.get(node)
  return (
    made?.arguments.some((argument) => hasCostFetch({ node: argument, source }, project)) === true
  )
}

/** Whether the function that a node calls is a `costFetch`. */
export function isSentByCostFetch({ node, source }: Located, project: Project): boolean {
  const callee = asNode(node['callee'])
  return callee !== undefined && isMadeByCostFetch(project.resolve(callee, source))
}

/** The calls of `withCosts` and `costFetch`. */
export function costFetchCalls(project: Project): readonly Call[] {
  return callsOf(project, COSTSPAN, 'withCosts', 'costFetch')
}

/** Whether a call of them has the option `onCharge`, so that calls are charged without a processor. */
export function hasOnCharge({ arguments: given, source }: Call, project: Project): boolean {
  return given.some((argument) =>
    nodesOf(project.resolve(argument, source).node).nodes.some(
      (node) => textOf(asNode(node['key'])) === 'onCharge',
    ),
  )
}

/** `setDefaultOpenAIClient(withCosts(new OpenAI()))`, or a provider of `@openai/agents` with such a client. */
export function hasAgentClient(project: Project): boolean {
  return project.calls.some(
    ({ name, arguments: given, source }) =>
      /^(setDefaultOpenAIClient|OpenAIProvider)$/.test(name ?? '') &&
      given.some((argument) => hasCostFetch({ node: argument, source }, project)),
  )
}

const MOST_STEPS = 4

/** Whether an expression, or a name in it, leads to a call of `costFetch` or `withCosts`. */
export function hasCostFetch({ node, source }: Located, project: Project, step = 0): boolean {
  return nodesOf(node).nodes.some((each) => {
    if (isMadeByCostFetch({ node: each, source }) || isWrapping(each, source)) return true
    if (each.type !== 'Identifier' || step > MOST_STEPS) return false
    const found = project.resolve(each, source)
    return found.node !== each && hasCostFetch(found, project, step + 1)
  })
}

function isMadeByCostFetch({ node, source }: Located): boolean {
  return isCallOf(node, source, 'costFetch')
}

function isWrapping(node: SyntaxNode, source: Source): boolean {
  return isCallOf(node, source, 'withCosts')
}

function isCallOf(node: SyntaxNode, source: Source, name: string): boolean {
  const callee = source.callsByNode.has(node) ? asNode(node['callee']) : undefined
  const imported = callee && importedAs(callee, source)
  return imported?.name === name && COSTSPAN.test(imported.module)
}

const nodesByProject = new WeakMap<Project, ReadonlySet<SyntaxNode>>()

/** What `withCosts` receives, by its name or in place. */
function wrappedNodes(project: Project): ReadonlySet<SyntaxNode> {
  const known = nodesByProject.get(project)
  if (known !== undefined) return known
  const helpers = wrappingFunctions(project)
  const wrapping = project.calls.filter(
    ({ node, source }) => isWrapping(node, source) || isCallOfOne(helpers, node, source, project),
  )
  const wrapped = new Set(
    wrapping.flatMap(({ arguments: given, source }) =>
      given.map((argument) => project.resolve(argument, source).node),
    ),
  )
  nodesByProject.set(project, wrapped)
  return wrapped
}

/** Whether a node is within an argument: `withCosts(isAzure ? new AzureOpenAI() : new OpenAI())`. */
function isInWrapper(node: SyntaxNode, source: Source, project: Project): boolean {
  const wrapped = wrappedNodes(project)
  for (let at = source.parents.get(node); at !== undefined; at = source.parents.get(at)) {
    if (wrapped.has(at)) return true
    if (
      !/^(Conditional|Logical|Await|TSAs|TSSatisfies|TSNonNull|Parenthesized)Expression$/.test(
        at.type,
      )
    )
      return false
  }
  return false
}

const isFunction = /^(ArrowFunctionExpression|FunctionDeclaration|FunctionExpression)$/

/** Functions of the project that hand a parameter on to `withCosts`. */
function wrappingFunctions(project: Project): ReadonlySet<SyntaxNode> {
  return new Set(
    callsOf(project, COSTSPAN, 'withCosts').flatMap(({ node, arguments: given, source }) => {
      const name = textOf(given[0])
      for (let at = source.parents.get(node); at !== undefined; at = source.parents.get(at)) {
        if (!isFunction.test(at.type)) continue
        const isParameter = nodesIn(at['params']).some((parameter) => textOf(parameter) === name)
        return name !== undefined && isParameter ? [at] : []
      }
      return []
    }),
  )
}

function isCallOfOne(
  functions: ReadonlySet<SyntaxNode>,
  node: SyntaxNode,
  source: Source,
  project: Project,
): boolean {
  const callee = functions.size === 0 ? undefined : asNode(node['callee'])
  return callee !== undefined && functions.has(project.resolve(callee, source).node)
}
