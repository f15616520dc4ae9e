import { aiCalls, aiMajor, costProcessors, COSTSPAN, placeOf } from '../queries.ts'
import { noFindings, type Finding, type CheckResult } from '../finding.ts'
import { entriesOf, importGraph, reachable } from '../import-graph.ts'
import { callsOf, mentions, type Project } from '../project.ts'
import { reaches, type Certainty, type Mark } from '../reach.ts'
import { importedAs, type Call, type Source } from '../module.ts'
import { asNode, isWrittenOut, nodesOf, propertyOf, textOf, type SyntaxNode } from '../syntax.ts'
import { namesUsers, attributionFields } from './calls.ts'
import { namesPersonalId } from './personal-ids.ts'

/** The most calls of a project that are examined: each takes a search through the whole project. */
const MOST_CALLS = 200

const add =
  "import { withAttribution } from 'costspan'\nwithAttribution({ userId: session.userId }, () => …)"

/** Whether code names a user for every AI call. */
export function checkAttribution(project: Project): CheckResult {
  const calls = aiCalls(project)
  const [first] = calls
  if (first === undefined || costProcessors(project).length === 0) return noFindings
  const examined = calls
    .slice(0, MOST_CALLS)
    .map((call) => ({ call, isAttributed: isAttributed(call, project) }))
  const unnamed = examined.filter(({ isAttributed: answer }) => answer === 'no')
  if (unnamed.length === 0) {
    const isFine =
      examined.length === calls.length && examined.every((one) => one.isAttributed === 'yes')
    return isFine && !namesPersonalId(project)
      ? { findings: [], fine: 'AI calls name a user' }
      : noFindings
  }
  const isAnyNamed = namesUsers(project) || examined.some((one) => one.isAttributed === 'yes')
  // Another library, or code that was not examined, may name users.
  if (!isAnyNamed && isNamedElsewhere(project)) return noFindings
  if (!isAnyNamed) return { findings: [noUserAnywhere(first)] }
  return { findings: unnamed.map(({ call }) => noUserHere(call)) }
}

function noUserAnywhere(call: Call): Finding {
  return {
    id: 'no-payer',
    severity: 'note',
    ...placeOf(call),
    message: 'No code that names a user was found: the cost of AI calls has no user.',
    add,
  }
}

function noUserHere(call: Call): Finding {
  return {
    id: 'no-payer',
    severity: 'warning',
    ...placeOf(call),
    message: `Other code names a user, but no code that names one for this ${call.name} was found: its cost has no user.`,
    add,
  }
}

function isNamedElsewhere(project: Project): boolean {
  const others = [
    'withAttribution',
    'attribution',
    'attributedTo',
    'nextAttribution',
    ...adapters,
    'propagateAttributes',
    'setUser',
    'user.id',
  ]
  return mentions(project, ...others) || hasMetadata(project)
}

/** Whether any options in the code may name a user. */
function hasMetadata({ sources }: Project): boolean {
  return sources.some(({ nodes }) => nodes.some((node) => namesInMetadata(node) !== 'no'))
}

function isAttributed(call: Call, project: Project): Certainty {
  if (isInOptions(call, project)) return 'yes'
  const inReach = reaches(markFor(project), call, project)
  if (inReach !== 'no') return inReach
  const byAdapter = isBehindAdapter(call.source, project)
  if (byAdapter !== 'no') return byAdapter
  // An agent is made once and called where its user is known.
  if (call.isNew && call.name?.endsWith('Agent') === true) return 'perhaps'
  return isOpaque(call, project) && hasMetadata(project) ? 'perhaps' : 'no'
}

/** Whether the options of a call name a user: by `attributedTo()`, `runtimeContext`, or `metadata` before AI SDK 7. */
function isInOptions({ arguments: given, source }: Call, project: Project): boolean {
  const major = aiMajor(project) ?? 7
  return given.some((argument) => {
    const { node, source: from } = project.resolve(argument, source)
    return nodesOf(node).nodes.some((each) => {
      const imported = importedAs(each, from)
      const isOurs = imported !== undefined && COSTSPAN.test(imported.module)
      if (isOurs && imported.name === 'attributedTo') return true
      if (each.type !== 'ObjectExpression') return false
      const names = major >= 7 ? ['runtimeContext'] : ['runtimeContext', 'metadata']
      return names.some((name) => {
        const value = propertyOf(each, name)
        return value !== undefined && namesUser(project.resolve(value, from).node) !== 'no'
      })
    })
  })
}

function isOpaque({ arguments: [options], source }: Call, project: Project): boolean {
  return options === undefined || !isWrittenOut(project.resolve(options, source).node)
}

function namesInMetadata(node: SyntaxNode): Certainty {
  const values = ['metadata', 'runtimeContext'].flatMap((name) => propertyOf(node, name) ?? [])
  const all = values.map(namesUser)
  return all.find((one) => one === 'yes') ?? all.find((one) => one === 'perhaps') ?? 'no'
}

function namesUser(value: SyntaxNode): Certainty {
  if (attributionFields.some((field) => propertyOf(value, field) !== undefined)) return 'yes'
  return isWrittenOut(value) ? 'no' : 'perhaps'
}

const wrapping = /^(withAttribution|nextAttribution|propagateAttributes|withActiveUser)$/
const setting = /^(setAttribution|setUser)$/

function markFor(project: Project): Mark {
  const calls = new Set(aiCalls(project).map(({ node }) => node))
  return {
    scopeOf: (node, source) => {
      if (node.type === 'StringLiteral') return node['value'] === 'user.id' ? 'function' : undefined
      if (node.type !== 'Identifier' && node.type !== 'MemberExpression') return undefined
      const above = source.parents.get(node)
      if (above === undefined || /^(Import|Export)/.test(above.type)) return undefined
      if (above['property'] === node) return undefined
      const name =
        importedAs(node, source)?.name ??
        textOf(node.type === 'Identifier' ? node : asNode(node['property']))
      if (name === undefined) return undefined
      return wrapping.test(name) ? 'arguments' : setting.test(name) ? 'function' : undefined
    },
    isSubject: (node) => calls.has(node),
  }
}

const middleware = /^costspan\/middleware$/
/** The adapters that cover every request of an application. `nextAttribution` wraps one handler. */
const adapters = ['expressAttribution', 'fastifyAttribution', 'honoAttribution']

/** Whether every entry file of a file loads an adapter, which names the user of each request. */
function isBehindAdapter({ path }: Source, project: Project): Certainty {
  const withAdapter = new Set(
    callsOf(project, middleware, ...adapters).map(({ source }) => source.path),
  )
  if (withAdapter.size === 0) return 'no'
  const graph = importGraph(project)
  const entries = entriesOf(path, graph)
  const isBehind = (entry: string): boolean =>
    [...reachable([entry], graph.importsOf)].some((each) => withAdapter.has(each))
  if (entries.length === 0) return 'perhaps'
  return entries.every(isBehind) ? 'yes' : 'no'
}
