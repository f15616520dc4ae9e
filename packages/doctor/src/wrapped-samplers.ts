import { COSTSPAN, setupsOf } from './queries.ts'
import { nameOfModule } from './imports.ts'
import { packageOf } from './packages.ts'
import { enclosingCalls, callsOf, type Project } from './project.ts'
import type { Call, Source } from './module.ts'
import { asNode, boundNames, nodesOf, textOf, type SyntaxNode } from './syntax.ts'

/**
 * Whether code passes a sampler to `recordCosts` by name: the name of a variable, field or function that holds it, or of
 * another sampler that contains it.
 */
export function isWrappedByName(sampler: Call, project: Project): boolean {
  const { source } = sampler
  const names = grown(namesAround(sampler, project), source)
  if (names.size === 0) return false
  return callsOf(project, COSTSPAN, 'recordCosts').some((call) => {
    const isHere = call.source === source
    const known = isHere ? names : grown(importedBy(call.source, names, source), call.source)
    return call.arguments.some((argument) => namesIn(argument).some((name) => known.has(name)))
  })
}

/** Whether a function of the project receives the sampler, in a project that uses `recordCosts`. */
export function mayBeWrapped(sampler: Call, project: Project): boolean {
  if (callsOf(project, COSTSPAN, 'recordCosts').length === 0) return false
  const enclosing = enclosingCalls(sampler)
  const setups = new Set(setupsOf(project).map(({ call }) => call))
  const end = enclosing.findIndex((call) => setups.has(call))
  return enclosing
    .slice(0, end === -1 ? enclosing.length : end)
    .some(({ of, isNew }) => !isNew && !isOfPackage(of?.module, project))
}

function isOfPackage(module: string | undefined, { packages }: Project): boolean {
  return module !== undefined && packages.declared.has(packageOf(module))
}

/** The names of the variables, fields and functions that hold a sampler. None if a set-up takes it directly. */
function namesAround({ node, source }: Call, project: Project): Set<string> {
  const setups = new Set(setupsOf(project).map(({ call }) => call.node))
  const names = new Set<string>()
  for (let above = source.parents.get(node); above !== undefined;) {
    if (setups.has(above)) return names
    for (const name of namesHeldBy(above)) names.add(name)
    if (above.type === 'ExportDefaultDeclaration') names.add('default')
    above = source.parents.get(above)
  }
  return names
}

/** The local names of imports from a file. A default or namespace import is recognised by the name of that file. */
function importedBy(
  { imports }: Source,
  names: ReadonlySet<string>,
  { path }: Source,
): Set<string> {
  const here = [...imports].filter(([, { name, module }]) =>
    name === 'default' || name === '*'
      ? nameOfModule(module) === nameOfModule(path)
      : names.has(name),
  )
  return new Set(here.map(([local]) => local))
}

/** The names, and those of everything that is made with them. */
function grown(names: ReadonlySet<string>, { nodes }: Source): ReadonlySet<string> {
  const known = new Set(names)
  if (known.size === 0) return known
  const holders = nodes
    .map((node) => ({ held: namesHeldBy(node), node }))
    .filter(({ held }) => held.length > 0)
    .map(({ held, node }) => ({ held, holds: namesIn(node) }))
  for (let size = -1; size < known.size;) {
    size = known.size
    for (const { held, holds } of holders) {
      if (holds.some((name) => known.has(name))) for (const name of held) known.add(name)
    }
  }
  return known
}

const functionTypes = new Set(['ClassMethod', 'FunctionDeclaration', 'ObjectMethod'])
const fieldTypes = new Set(['ClassProperty', 'ClassPrivateProperty'])

function namesHeldBy(node: SyntaxNode): string[] {
  if (node.type === 'VariableDeclarator') return boundNames(asNode(node['id']))
  if (node.type === 'AssignmentExpression') return lastName(asNode(node['left']))
  if (functionTypes.has(node.type)) return lastName(asNode(node['id'] ?? node['key']))
  return fieldTypes.has(node.type) ? lastName(asNode(node['key'])) : []
}

/** The last name of an expression: `sampler` of `this.sampler`. */
function lastName(node: SyntaxNode | undefined): string[] {
  const name = textOf(node) ?? textOf(asNode(node?.['property']))
  return name === undefined ? [] : [name]
}

/** The names that an expression uses, without the keys of properties. */
function namesIn(expression: SyntaxNode): string[] {
  const { nodes, parents } = nodesOf(expression)
  return nodes
    .filter((node) => {
      const above = parents.get(node)
      return above?.['key'] !== node || above['computed'] === true
    })
    .flatMap((node) => (node.type === 'Identifier' ? [node['name'] as string] : []))
}
