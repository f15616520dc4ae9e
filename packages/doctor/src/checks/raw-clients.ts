import { COSTSPAN, isNextProject } from '../queries.ts'
import { textsAtTop } from '../files.ts'
import type { Finding, CheckResult } from '../finding.ts'
import { mentions, type Located, type Project } from '../project.ts'
import { packageOf } from '../packages.ts'
import { hasAgentClient, isReadFromWire, isSentByCostFetch } from '../cost-fetch.ts'
import { observersOf } from '../observers.ts'
import { billedHosts, freePaths, rawClients, wireAdvice, type RawClient } from '../raw-clients.ts'
import { reaches, type Certainty, type Mark } from '../reach.ts'
import { importedAs, type Call, type Source } from '../module.ts'
import { asNode, lineOf, nodesOf, textOf, type SyntaxNode } from '../syntax.ts'
import { whereElse } from './registration.ts'

/** A place where code makes a client or sends a request to a provider. */
interface Site extends Located {
  readonly title: string
  readonly module: string
  readonly client: RawClient | undefined
}

/** The most places of a project that are examined: each takes a search through the whole project. */
const MOST_SITES = 100

/** Whether calls outside of the AI SDK are observed or recorded. */
export function checkRawClients(project: Project): CheckResult {
  const sites = rawSites(project).slice(0, MOST_SITES)
  if (sites.length === 0) return { findings: [] }
  const mark = recordingMark(sites, project)
  const answers = sites.map((site) => ({ site, ...answerFor(site, mark, project) }))
  const findings = answers.flatMap((answer) => findingOf(answer, project))
  return findings.length === 0 && answers.every(({ isSeen }) => isSeen === 'yes')
    ? { findings, fine: 'clients beside the AI SDK are observed, or recorded' }
    : { findings }
}

/** The places where code makes clients, or sends requests to providers without one. */
export function rawSites(project: Project): readonly Site[] {
  return project.sources.flatMap((source) => [
    ...rawClients.flatMap((client) => sitesOf(client, source)),
    ...fetchSites(source, project),
  ])
}

function sitesOf(client: RawClient, source: Source): Site[] {
  const modules = [...source.usedModules].filter((module) => client.module.test(module))
  const made = source.calls.filter(
    ({ of }) => of !== undefined && client.module.test(of.module) && client.makers.test(of.name),
  )
  if (made.length > 0) {
    return made.map(({ node, of }) => toSite(node, source, client, of?.module ?? ''))
  }
  // The client is passed on, or made in a way that is not followed.
  return modules.flatMap((module) => {
    const use = source.nodes.find((node) => isUnknownUse(node, module, client, source))
    return use === undefined ? [] : [toSite(use, source, client, module)]
  })
}

function toSite(node: SyntaxNode, source: Source, client: RawClient, module: string): Site {
  return { node, source, title: client.title, module, client }
}

/** Whether a name is used to make a client: not for `instanceof`, as an error class, or by an instrumentation. */
function isUnknownUse(
  node: SyntaxNode,
  module: string,
  client: RawClient,
  source: Source,
): boolean {
  if (isLoading(node, module)) return true
  if (node.type !== 'Identifier') return false
  const above = source.parents.get(node)
  if (above === undefined || /^Import|^TS/.test(above.type)) return false
  const isKeyOrMember =
    (above['property'] === node && above['computed'] !== true) || above['key'] === node
  if (isKeyOrMember) return false
  const imported = importedAs(above['object'] === node ? above : node, source)
  if (imported?.module !== module || !client.makers.test(imported.name)) return false
  if (above.type === 'BinaryExpression') return false
  return !isGivenToInstrumentation(node, source)
}

/** `(await import('openai')).default`, and `export { OpenAI } from 'openai'`. */
function isLoading(node: SyntaxNode, module: string): boolean {
  if (node.type === 'ImportExpression') return textOf(asNode(node['source'])) === module
  if (!/^Export(All|Named)Declaration$/.test(node.type)) return false
  return textOf(asNode(node['source'])) === module
}

function isGivenToInstrumentation(node: SyntaxNode, { parents, callsByNode }: Source): boolean {
  for (let above = parents.get(node); above !== undefined; above = parents.get(above)) {
    const name = callsByNode.get(above)?.name ?? textOf(asNode(above['key']))
    if (name !== undefined && /instrument/i.test(name)) return true
  }
  return false
}

const asking =
  /^(fetch|\$fetch|ofetch|axios|got|ky|needle|request|stream|get|post|undici|nodeFetch|fetchJson|superagent)$/i

/** `fetch('https://api.openai.com/…')`, also where parts of the address have names. */
function fetchSites(source: Source, project: Project): Site[] {
  return source.calls.flatMap((call): Site[] => {
    const root = call.of?.name ?? call.name ?? ''
    const isAsking = asking.test(call.name ?? '') || asking.test(root)
    if (!isAsking) return []
    const texts = call.arguments.flatMap((argument) => textsIn(argument, source, project, 0))
    const address = texts.join('')
    const host = billedHosts.exec(address)?.[0]
    if (host === undefined || freePaths.test(address)) return []
    return [{ node: call.node, source, title: host, module: host, client: undefined }]
  })
}

const MOST_STEPS = 4

function textsIn(node: SyntaxNode, source: Source, project: Project, depth: number): string[] {
  return nodesOf(node).nodes.flatMap((each) => {
    if (each.type === 'StringLiteral') return [each['value'] as string]
    if (each.type === 'TemplateElement') {
      return [(each['value'] as { cooked?: string } | undefined)?.cooked ?? '']
    }
    if (each.type !== 'Identifier' || depth > MOST_STEPS) return []
    const found = project.resolve(each, source)
    const isText =
      /^(StringLiteral|TemplateLiteral|BinaryExpression|NewExpression|LogicalExpression)$/
    return found.node !== each && isText.test(found.node.type)
      ? textsIn(found.node, found.source, project, depth + 1)
      : []
  })
}

/** `recordCall` and `usageFrom`, whose use proves that the code records a call itself. */
function recordingMark(sites: readonly Site[], project: Project): Mark {
  const made = new Set(sites.map(({ node }) => node))
  return {
    scopeOf: (node, source) => {
      if (node.type !== 'Identifier' && node.type !== 'MemberExpression') return undefined
      if (/^(Import|Export)/.test(source.parents.get(node)?.type ?? '')) return undefined
      const imported = importedAs(node, source)
      const isOurs = imported !== undefined && COSTSPAN.test(imported.module)
      return isOurs && /^(recordCall|usageFrom)$/.test(imported.name) ? 'function' : undefined
    },
    isSubject: (node, source) =>
      made.has(node) ||
      (node.type === 'Identifier' && made.has(project.resolve(node, source).node)),
  }
}

interface Answer {
  readonly isSeen: Certainty
  /** Why an existing instrumentation does not observe the client. */
  readonly reason?: string
}

function answerFor(site: Site, mark: Mark, project: Project): Answer {
  if (isRead(site, project)) return { isSeen: 'yes' }
  const recorded = reaches(mark, site, project)
  if (recorded === 'yes') return { isSeen: 'yes' }
  const observed = observation(site, project)
  if (observed.isSeen === 'yes') return observed
  const isPerhaps = recorded === 'perhaps' || observed.isSeen === 'perhaps'
  return { ...observed, isSeen: isPerhaps ? 'perhaps' : 'no' }
}

/** Whether `withCosts` or `costFetch` reads the answers. */
function isRead(site: Site, project: Project): boolean {
  if (site.client === undefined) return isSentByCostFetch(site, project)
  if (site.client.title === '@openai/agents') return hasAgentClient(project)
  return isReadFromWire(site, site.module, project)
}

function observation({ client, module, node, source }: Site, project: Project): Answer {
  if (client === undefined) return { isSeen: 'no' }
  const all = observersOf(client, module, project)
  if (all.some(({ by }) => by === 'itself')) {
    const isOff = tracesNothing(source.callsByNode.get(node))
    return isOff ? { isSeen: 'no', reason: 'its `openTelemetry` is off' } : { isSeen: 'yes' }
  }
  const isByHand = all.some(({ by }) => by === 'by hand') && isPassedToOne(client, project)
  if (isByHand) return { isSeen: 'yes' }
  const hooked = all.find(({ by }) => by === 'hooked')
  if (hooked !== undefined) return hookedBy(hooked.module, source, project)
  const late = all.find(({ by }) => by === 'late')
  if (late !== undefined) {
    return {
      isSeen: 'no',
      reason: `spans of ${late.module} get their attributes after their start, and are not charged`,
    }
  }
  return { isSeen: all.length > 0 ? 'perhaps' : 'no' }
}

function tracesNothing(call: Call | undefined): boolean {
  const [options] = call?.arguments ?? []
  if (options === undefined) return false
  return nodesOf(options).nodes.some(
    (node) =>
      textOf(asNode(node['key'])) === 'openTelemetry' && asNode(node['value'])?.['value'] === false,
  )
}

/** `manuallyInstrument(OpenAI)`, or `instrumentModules: { openAI: OpenAI }`. */
function isPassedToOne(client: RawClient, project: Project): boolean {
  return project.sources.some((source) =>
    source.nodes.some((node) => {
      const isCall = source.callsByNode.get(node)?.name === 'manuallyInstrument'
      const isOption = textOf(asNode(node['key'])) === 'instrumentModules'
      if (!isCall && !isOption) return false
      const given = nodesOf(node).nodes.flatMap((each) =>
        each.type === 'Identifier' ? (source.imports.get(textOf(each) ?? '') ?? []) : [],
      )
      const clients = given.filter(({ module }) =>
        rawClients.some((one) => one.module.test(module)),
      )
      const isLangChain =
        client.title === 'LangChain' && given.some(({ module }) => module.startsWith('@langchain/'))
      return isLangChain || clients.length === 0
        ? true
        : clients.some(({ module }) => client.module.test(module))
    }),
  )
}

/** A hook sees what `require` loads after it, and in ESM only what a loader passes to it. */
function hookedBy(module: string, source: Source, project: Project): Answer {
  if (isNextProject(project)) {
    const isExternal = mentions(
      project,
      'serverExternalPackages',
      'serverComponentsExternalPackages',
    )
    return isExternal ? { isSeen: 'yes' } : { isSeen: 'perhaps' }
  }
  const isModule =
    /\.m[jt]sx?$/.test(source.path) ||
    (project.packages.manifest['type'] === 'module' && !/\.c[jt]s$/.test(source.path))
  if (!isModule || isPreloaded(project)) return { isSeen: 'yes' }
  return {
    isSeen: 'no',
    reason: `${module} hooks no module of ESM unless the process starts with \`node --import\``,
  }
}

function isPreloaded(project: Project): boolean {
  // `register` of node:module.
  const registers = project.sources.some(({ modules }) =>
    [...modules].some((module) => /^(node:)?module$/.test(module)),
  )
  if (registers && mentions(project, 'register')) return true
  const scripts = JSON.stringify(project.packages.manifest['scripts'] ?? '')
  return [scripts, ...textsAtTop(project.directory)].some((text) =>
    /--import\b|--require\b|\s-r\s|--(experimental-)?loader\b/.test(text),
  )
}

function findingOf(
  { site, isSeen, reason }: Answer & { readonly site: Site },
  project: Project,
): Finding[] {
  if (isSeen === 'yes') return []
  const name = site.client === undefined ? `a request to ${site.title}` : site.title
  const version = site.client && project.packages.versionOf(packageOf(site.module))?.text
  const what = version === undefined ? name : `${name} ${version}`
  const isSure = isSeen === 'no' && project.isWhole
  const because = reason === undefined ? '' : `: ${reason}`
  return [
    {
      id: 'raw-client',
      severity: severityOf(isSeen, project),
      file: site.source.path,
      line: lineOf(site.node),
      message: isSure
        ? `No instrumentation observes ${what} here${because}, and nothing records its calls: they are billed and not charged.`
        : `Nothing was seen that observes ${what}${because}, or records its calls: then they are billed and not charged.${project.isWhole ? '' : ` ${whereElse(project)}`}`,
      add: lineFor(site),
    },
  ]
}

function severityOf(isSeen: Certainty, project: Project): Finding['severity'] {
  if (isSeen === 'perhaps') return 'note'
  return project.isWhole ? 'error' : 'warning'
}

function lineFor({ client, module }: Site): string {
  const advice = client === undefined ? 'const fetch = costFetch()' : wireAdvice(module)
  if (advice === undefined) {
    return "import { recordCall, usageFrom } from 'costspan/record'\nrecordCall({ provider, model, usage: usageFrom(answer), attribution: { userId } })"
  }
  const name = advice.includes('withCosts(') ? 'withCosts' : 'costFetch'
  return `import { ${name} } from 'costspan/clients'\n${advice}`
}
