import { COSTSPAN, setupsOf } from './queries.ts'
import { nameOfModule } from './imports.ts'
import { packageOf } from './packages.ts'
import { callsAround, callsOf, type Project } from './project.ts'
import type { Call, Source } from './module.ts'
import { asNode, boundNames, nodesOf, textOf, type Node } from './syntax.ts'

/**
 * Whether a sampler is handed to `recordCosts` by a name: that of a variable, a field or a function that holds it, or of
 * another one that is made with that.
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

/** Whether a function that is of no package takes it, in a project that wraps samplers. */
export function mayBeWrapped(sampler: Call, project: Project): boolean {
  if (callsOf(project, COSTSPAN, 'recordCosts').length === 0) return false
  const around = callsAround(sampler)
  const setups = new Set(setupsOf(project).map(({ call }) => call))
  const end = around.findIndex((call) => setups.has(call))
  return around
    .slice(0, end === -1 ? around.length : end)
    .some(({ of, isNew }) => !isNew && !isOfPackage(of?.module, project))
}

function isOfPackage(module: string | undefined, { packages }: Project): boolean {
  return module !== undefined && packages.declared.has(packageOf(module))
}

/** Of the variables, fields and functions that hold it; none where a set-up takes it as it is. */
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

/** What a file calls names that it imports; what has no name there is known by its file. */
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

/** With the names of what is made with them. */
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

function namesHeldBy(node: Node): string[] {
  if (node.type === 'VariableDeclarator') return boundNames(asNode(node['id']))
  if (node.type === 'AssignmentExpression') return lastName(asNode(node['left']))
  if (functionTypes.has(node.type)) return lastName(asNode(node['id'] ?? node['key']))
  return fieldTypes.has(node.type) ? lastName(asNode(node['key'])) : []
}

/** `sampler` of `this.sampler`. */
function lastName(node: Node | undefined): string[] {
  const name = textOf(node) ?? textOf(asNode(node?.['property']))
  return name === undefined ? [] : [name]
}

/** Those that an expression uses; the key of a property is none. */
function namesIn(expression: Node): string[] {
  const { nodes, parents } = nodesOf(expression)
  return nodes
    .filter((node) => {
      const above = parents.get(node)
      return above?.['key'] !== node || above['computed'] === true
    })
    .flatMap((node) => (node.type === 'Identifier' ? [node['name'] as string] : []))
}
