import { asNode, nodesIn, stringOf, textOf, unwrap, type SyntaxNode } from './syntax.ts'

export interface Imported {
  readonly module: string
  /** As the module exports it; `*` for all of it, `default` for its default. */
  readonly name: string
}

interface Imports {
  readonly imports: ReadonlyMap<string, Imported>
  readonly modules: ReadonlySet<string>
  readonly typeModules: ReadonlySet<string>
}

/**
 * The module that each imported name of a file comes from, by `import`, `require` or `await import()`. A name that is
 * also bound to something else in the file is left out: a guess may be wrong.
 */
export function importsOf(
  nodes: readonly SyntaxNode[],
  bound: ReadonlyMap<string, number>,
): Imports {
  const imports = new Map<string, Imported>()
  const modules = new Set<string>()
  const typeModules = new Set<string>()
  for (const node of nodes) {
    const module = moduleOf(node)
    if (module === undefined) continue
    const isType = node['importKind'] === 'type' || node['exportKind'] === 'type'
    ;(isType ? typeModules : modules).add(module)
    if (node.type !== 'ImportDeclaration' || isType) continue
    for (const specifier of nodesIn(node['specifiers'])) {
      const local = textOf(asNode(specifier['local']))
      if (local === undefined || specifier['importKind'] === 'type' || bound.has(local)) continue
      imports.set(local, { module, name: importedName(specifier) })
    }
  }
  for (const node of nodes) {
    for (const [local, imported] of required(node)) {
      if (bound.get(local) === 1) imports.set(local, imported)
    }
  }
  return { imports, modules, typeModules }
}

/** The module that a node loads, if the node is an import of any form. */
export function moduleOf(node: SyntaxNode): string | undefined {
  if (/^(Import|ExportNamed|ExportAll)Declaration$/.test(node.type)) {
    return stringOf(asNode(node['source']))
  }
  return loadedModule(node)
}

/** The module of `require('…')` and `import('…')`. */
function loadedModule(node: SyntaxNode): string | undefined {
  if (node.type === 'ImportExpression') return stringOf(asNode(node['source']))
  if (node.type !== 'CallExpression') return undefined
  const isRequire = textOf(asNode(node['callee'])) === 'require'
  return isRequire ? stringOf(nodesIn(node['arguments'])[0]) : undefined
}

function importedName(specifier: SyntaxNode): string {
  if (specifier.type === 'ImportNamespaceSpecifier') return '*'
  if (specifier.type === 'ImportDefaultSpecifier') return 'default'
  return textOf(asNode(specifier['imported'])) ?? ''
}

function required(node: SyntaxNode): (readonly [local: string, imported: Imported])[] {
  if (node.type !== 'VariableDeclarator') return []
  const [id, init] = [asNode(node['id']), asNode(node['init'])]
  const module = init === undefined ? undefined : loadedModule(unwrap(init))
  if (module === undefined || id === undefined) return []
  if (id.type === 'Identifier') return [[textOf(id) ?? '', { module, name: '*' }]]
  if (id.type !== 'ObjectPattern') return []
  return nodesIn(id['properties']).flatMap((property) => {
    const [name, local] = [textOf(asNode(property['key'])), textOf(asNode(property['value']))]
    return name === undefined || local === undefined ? [] : [[local, { module, name }] as const]
  })
}

/** The last name of a path or a module, without its ending. The file behind an alias is not always known. */
export function nameOfModule(path: string): string {
  return (
    withoutEnding(path)
      .replace(/\/index$/, '')
      .split('/')
      .at(-1) ?? ''
  )
}

export function withoutEnding(path: string): string {
  return path.replace(/\.[cm]?[jt]sx?$/, '')
}
