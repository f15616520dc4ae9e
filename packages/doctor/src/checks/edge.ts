import { isNextProject } from '../queries.ts'
import { noFindings, type Finding, type CheckResult } from '../finding.ts'
import { importGraph, reachable } from '../import-graph.ts'
import { moduleOf } from '../imports.ts'
import type { Project } from '../project.ts'
import type { Source } from '../module.ts'
import {
  asNode,
  lineOf,
  nodesIn,
  nodesOf,
  propertyOf,
  stringOf,
  textOf,
  type SyntaxNode,
} from '../syntax.ts'

/** Modules of costspan that need Node.js: its files, or `process`. */
const needsNode = /^costspan\/(ledger|otlp)$/

const instrumentation = /^(src\/)?instrumentation\.[cm]?[jt]s$/
const middleware = /^(src\/)?middleware\.[cm]?[jt]sx?$/

/** Whether Next.js loads a module into its edge runtime that needs Node.js and has no effect there. */
export function checkEdge(project: Project): CheckResult {
  if (!isNextProject(project)) return noFindings
  const edge = project.sources.find(runsAtEdge) ?? middlewareOf(project)
  if (edge === undefined) return noFindings
  const findings = project.sources
    .filter(({ path }) => instrumentation.test(path))
    .flatMap((source) => loadsOf(source, project))
    .map(({ node, source, module }): Finding => ({
      id: 'edge-import',
      severity: 'warning',
      file: source.path,
      line: lineOf(node),
      message: `Next.js loads instrumentation for the edge runtime too, by ${edge.path}, where ${module} cannot write, because the edge runtime has no Node.js APIs: the cost of calls there is missing.`,
      add: "if (process.env.NEXT_RUNTIME === 'nodejs') await import('./instrumentation.node')   (in register(), with the set-up in that file)",
    }))
  return { findings: findings.slice(0, 1) }
}

function runsAtEdge({ exports }: Source): boolean {
  return /^(experimental-)?edge$/.test(stringOf(exports.get('runtime')) ?? '')
}

/** `middleware.ts` runs there unless its `config` names another runtime. `proxy.ts` never does. */
function middlewareOf({ sources, otherImports }: Project): { path: string } | undefined {
  const read = sources.find(({ path }) => middleware.test(path))
  if (read === undefined) return otherImports.find(({ path }) => middleware.test(path))
  const runtime = stringOf(propertyOf(read.exports.get('config'), 'runtime'))
  return runtime === 'nodejs' ? undefined : read
}

interface Load {
  readonly node: SyntaxNode
  readonly source: Source
  readonly module: string
}

/** The files that instrumentation loads in every runtime, directly or not. */
function loadsOf(source: Source, project: Project): Load[] {
  const graph = importGraph(project)
  return source.nodes.flatMap((node): Load[] => {
    const module = moduleOf(node)
    const isType = node['importKind'] === 'type' || node['exportKind'] === 'type'
    if (module === undefined || isType || isOnlyOfTypes(node) || isGuarded(node, source)) return []
    if (needsNode.test(module)) return [{ node, source, module }]
    const file = project.fileOf(module, source.path)
    if (file === undefined) return []
    const files = reachable([file], (path) => unguarded(path, project) ?? graph.importsOf(path))
    const found = project.sources
      .filter(({ path }) => files.has(path))
      .flatMap((each) => loadedEverywhere(each))
      .find((each) => needsNode.test(each))
    return found === undefined ? [] : [{ node, source, module: found }]
  })
}

function unguarded(path: string, project: Project): ReadonlySet<string> | undefined {
  const source = project.sources.find((each) => each.path === path)
  if (source === undefined) return undefined
  return new Set(loadedEverywhere(source).flatMap((module) => project.fileOf(module, path) ?? []))
}

function loadedEverywhere(source: Source): string[] {
  return source.nodes.flatMap((node) => {
    const module = moduleOf(node)
    const isType = node['importKind'] === 'type' || node['exportKind'] === 'type'
    return module === undefined || isType || isOnlyOfTypes(node) || isGuarded(node, source)
      ? []
      : [module]
  })
}

function isOnlyOfTypes(node: SyntaxNode): boolean {
  const specifiers = nodesIn(node['specifiers'])
  return specifiers.length > 0 && specifiers.every((one) => one['importKind'] === 'type')
}

/** Whether a node is behind a condition of `NEXT_RUNTIME` that excludes the edge runtime, or after its `return`. */
function isGuarded(node: SyntaxNode, { parents }: Source): boolean {
  if (node.type.endsWith('Declaration')) return false
  let below = node
  for (let above = parents.get(node); above !== undefined; above = parents.get(above)) {
    if (isBehind(below, above)) return true
    below = above
  }
  return false
}

function isBehind(below: SyntaxNode, above: SyntaxNode): boolean {
  const test = asNode(above['test'])
  if (test !== undefined && below !== test) {
    const wanted = runtimeOf(test)
    if (wanted === 'nodejs') return below === asNode(above['consequent'])
    return wanted === 'edge' && below === asNode(above['alternate'])
  }
  if (above.type === 'LogicalExpression' && below === asNode(above['right'])) {
    const wanted = runtimeOf(asNode(above['left']))
    return above['operator'] === '&&' ? wanted === 'nodejs' : wanted === 'edge'
  }
  if (above.type !== 'BlockStatement') return false
  const statements = nodesIn(above['body'])
  return statements.slice(0, statements.indexOf(below)).some((statement) => {
    if (statement.type !== 'IfStatement' || runtimeOf(asNode(statement['test'])) !== 'edge')
      return false
    const then = asNode(statement['consequent'])
    return (
      then !== undefined &&
      nodesOf(then).nodes.some(({ type }) => /^(Return|Throw)Statement$/.test(type))
    )
  })
}

/** The runtime in which a condition holds. */
function runtimeOf(test: SyntaxNode | undefined): 'nodejs' | 'edge' | undefined {
  if (test === undefined) return undefined
  if (test.type === 'LogicalExpression' && test['operator'] === '&&') {
    return runtimeOf(asNode(test['left'])) ?? runtimeOf(asNode(test['right']))
  }
  if (test.type !== 'BinaryExpression') return undefined
  const sides = [asNode(test['left']), asNode(test['right'])]
  if (!sides.some((side) => textOf(asNode(side?.['property'])) === 'NEXT_RUNTIME')) return undefined
  const stated = sides.map(stringOf).find((text) => text === 'nodejs' || text === 'edge')
  if (stated === undefined) return undefined
  const isEqual = test['operator'] === '===' || test['operator'] === '=='
  const other = stated === 'nodejs' ? 'edge' : 'nodejs'
  return isEqual ? stated : other
}
