import { importsOf, moduleOf, type Imported } from './imports.ts'
import { usedModulesOf, usedNamesOf } from './references.ts'
import {
  asNode,
  boundNames,
  lineOf,
  nodesIn,
  nodesOf,
  parseSource,
  stringOf,
  stripPositions,
  textOf,
  unwrap,
  type SyntaxNode,
} from './syntax.ts'

/** A call, or a `new`. */
export interface Call {
  readonly node: SyntaxNode
  readonly isNew: boolean
  /** The last name before the parentheses, whatever object it belongs to. */
  readonly name: string | undefined
  /** The imported function that is called, such as `trace.getTracer` of `@opentelemetry/api`. */
  readonly of: Imported | undefined
  readonly arguments: readonly SyntaxNode[]
  readonly line: number | undefined
  readonly source: Source
}

/** A parsed file of the project, and what its names refer to. */
export interface Source {
  /** Relative to the directory, with `/`. */
  readonly path: string
  readonly text: string
  readonly nodes: readonly SyntaxNode[]
  readonly parents: ReadonlyMap<SyntaxNode, SyntaxNode>
  readonly imports: ReadonlyMap<string, Imported>
  /** Modules that are imported at run time. */
  readonly modules: ReadonlySet<string>
  /** Those modules from which the code uses a name, or that it loads for their side effects. */
  readonly usedModules: ReadonlySet<string>
  /** Names that the code uses as a value, beyond their import or binding. */
  readonly usedNames: ReadonlySet<string>
  /** Modules from which only types are imported. */
  readonly typeModules: ReadonlySet<string>
  /** The value of each `const` whose name is bound once in the file. */
  readonly constants: ReadonlyMap<string, SyntaxNode>
  readonly exports: ReadonlyMap<string, SyntaxNode>
  /** Names that are re-exported from other modules, and the modules of `export *`. */
  readonly reexports: ReadonlyMap<string, Imported>
  readonly stars: readonly string[]
  readonly calls: readonly Call[]
  readonly callsByNode: ReadonlyMap<SyntaxNode, Call>
}

/** @throws the parser's error if the text is no source, and TooManyNodes if it has more than `mostNodes`. */
export function readSource(path: string, text: string, mostNodes?: number): Source {
  const { nodes, parents } = nodesOf(parseSource(text, path), mostNodes)
  stripPositions(nodes)
  const bound = countBindings(nodes)
  const { imports, modules, typeModules } = importsOf(nodes, bound)
  const used = usedNamesOf(nodes, parents)
  const calls: Call[] = []
  const callsByNode = new Map<SyntaxNode, Call>()
  const source: Source = {
    path,
    text,
    nodes,
    parents,
    imports,
    modules,
    usedModules: usedModulesOf(nodes, parents, { used, moduleOf }),
    usedNames: used,
    typeModules,
    constants: constantsOf(nodes, bound),
    exports: exportsOf(nodes),
    ...reexportsOf(nodes),
    calls,
    callsByNode,
  }
  for (const node of nodes) {
    const call = toCall(node, source)
    if (call === undefined) continue
    calls.push(call)
    callsByNode.set(node, call)
  }
  return source
}

const callTypes = new Set(['CallExpression', 'NewExpression', 'OptionalCallExpression'])

function toCall(node: SyntaxNode, source: Source): Call | undefined {
  const callee = callTypes.has(node.type) ? asNode(node['callee']) : undefined
  if (callee === undefined) return undefined
  const path = pathOf(callee)
  return {
    node,
    isNew: node.type === 'NewExpression',
    name: path?.at(-1) ?? textOf(asNode(callee['property'])),
    of: importedAs(callee, source),
    arguments: nodesIn(node['arguments']),
    line: lineOf(node),
    source,
  }
}

/** The call at a node, without the types, parentheses and `await` around it. */
export function callAt(node: SyntaxNode, source: Source): Call | undefined {
  return source.callsByNode.get(unwrap(node))
}

/** The names of `a.b.c`. */
export function pathOf(expression: SyntaxNode): string[] | undefined {
  const names: string[] = []
  let node = unwrap(expression)
  while (node.type === 'MemberExpression' || node.type === 'OptionalMemberExpression') {
    const property = asNode(node['property'])
    const name = node['computed'] === true && property?.type === 'Identifier' ? undefined : property
    const text = textOf(name)
    const object = asNode(node['object'])
    if (text === undefined || object === undefined) return undefined
    names.unshift(text)
    node = unwrap(object)
  }
  return node.type === 'Identifier' ? [node['name'] as string, ...names] : undefined
}

/** The import that an expression refers to, if it begins with an imported name. */
export function importedAs(expression: SyntaxNode, { imports }: Source): Imported | undefined {
  const [root = '', ...members] = pathOf(expression) ?? []
  const imported = imports.get(root)
  if (imported === undefined) return undefined
  const isWhole = imported.name === '*' || (imported.name === 'default' && members.length > 0)
  const names = isWhole ? members : [imported.name, ...members]
  return { module: imported.module, name: names.join('.') }
}

/** How often each name is bound in a file. A name that is bound twice is ambiguous. */
function countBindings(nodes: readonly SyntaxNode[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const node of nodes) {
    for (const name of bindingsOf(node)) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

function bindingsOf(node: SyntaxNode): string[] {
  switch (node.type) {
    case 'VariableDeclarator':
    case 'ClassDeclaration':
      return boundNames(asNode(node['id']))
    case 'CatchClause':
      return boundNames(asNode(node['param']))
    case 'FunctionDeclaration':
      return [node['id'], ...nodesIn(node['params'])].flatMap((part) => boundNames(asNode(part)))
    case 'ArrowFunctionExpression':
    case 'ClassMethod':
    case 'FunctionExpression':
    case 'ObjectMethod':
      return nodesIn(node['params']).flatMap(boundNames)
    default:
      return []
  }
}

function constantsOf(
  nodes: readonly SyntaxNode[],
  bound: ReadonlyMap<string, number>,
): ReadonlyMap<string, SyntaxNode> {
  const constants = new Map<string, SyntaxNode>()
  for (const declaration of nodes) {
    if (declaration.type !== 'VariableDeclaration' || declaration['kind'] !== 'const') continue
    for (const { id, init } of nodesIn(declaration['declarations'])) {
      const [name, value] = [asNode(id), asNode(init)]
      const text = name?.type === 'Identifier' ? textOf(name) : undefined
      if (text !== undefined && value !== undefined && bound.get(text) === 1) {
        constants.set(text, value)
      }
    }
  }
  return constants
}

/** The exports of a file by name, `default` included: an expression, or the local name. */
function exportsOf(nodes: readonly SyntaxNode[]): ReadonlyMap<string, SyntaxNode> {
  const exports = new Map<string, SyntaxNode>()
  for (const node of nodes) {
    const declaration = asNode(node['declaration'])
    if (node.type === 'ExportDefaultDeclaration' && declaration !== undefined) {
      exports.set('default', declaration)
    }
    if (node.type !== 'ExportNamedDeclaration') continue
    for (const declarator of nodesIn(declaration?.['declarations'])) {
      const [name, value] = [textOf(asNode(declarator['id'])), asNode(declarator['init'])]
      if (name !== undefined && value !== undefined) exports.set(name, value)
    }
    const own = asNode(declaration?.['id'])
    if (own !== undefined && declaration !== undefined) exports.set(textOf(own) ?? '', declaration)
    if (node['source'] !== null && node['source'] !== undefined) continue
    for (const specifier of nodesIn(node['specifiers'])) {
      const [name, local] = [textOf(asNode(specifier['exported'])), asNode(specifier['local'])]
      if (name !== undefined && local !== undefined) exports.set(name, local)
    }
  }
  return exports
}

function reexportsOf(nodes: readonly SyntaxNode[]): Pick<Source, 'reexports' | 'stars'> {
  const reexports = new Map<string, Imported>()
  const stars: string[] = []
  for (const node of nodes) {
    const module = /^Export(All|Named)Declaration$/.test(node.type)
      ? stringOf(asNode(node['source']))
      : undefined
    if (module === undefined || node['exportKind'] === 'type') continue
    if (node.type === 'ExportAllDeclaration') stars.push(module)
    for (const specifier of nodesIn(node['specifiers'])) {
      const exported = textOf(asNode(specifier['exported']))
      const name = textOf(asNode(specifier['local'])) ?? '*'
      if (exported !== undefined) reexports.set(exported, { module, name })
    }
  }
  return { reexports, stars }
}
