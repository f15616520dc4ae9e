import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** TypeScript 5, which a tool of this repository brings: the newest has no compiler API in JavaScript. */
interface Compiler {
  createProgram(files: readonly string[], options: object): Program
  forEachChild(node: Node, visit: (child: Node) => void): void
  isIdentifier(node: Node): boolean
  readonly SymbolFlags: { readonly Alias: number; readonly Type: number }
}
interface Program {
  getTypeChecker(): Checker
  getSourceFile(file: string): Node | undefined
}
interface Checker {
  getSymbolAtLocation(node: Node): CompilerSymbol | undefined
  getExportsOfModule(module: CompilerSymbol): CompilerSymbol[]
  getAliasedSymbol(symbol: CompilerSymbol): CompilerSymbol
}
interface CompilerSymbol {
  readonly name: string
  readonly flags: number
  readonly declarations?: readonly Node[]
  readonly parent?: CompilerSymbol
}
interface Node {
  getSourceFile(): { readonly fileName: string }
}

const typescript = createRequire(
  createRequire(join(root, 'package.json')).resolve('@arethetypeswrong/core'),
)('typescript') as Compiler

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { types: string }>
}
const declarationFiles = Object.values(exports).flatMap((conditions) =>
  typeof conditions === 'string' ? [] : [join(root, conditions.types)],
)

const program = typescript.createProgram(declarationFiles, {
  module: 199,
  moduleResolution: 99,
  target: 10,
  types: [],
  skipLibCheck: true,
})
const checker = program.getTypeChecker()

function resolved(symbol: CompilerSymbol): CompilerSymbol {
  const isAlias = (symbol.flags & typescript.SymbolFlags.Alias) !== 0
  return isAlias ? checker.getAliasedSymbol(symbol) : symbol
}

function exportsOf(file: string): CompilerSymbol[] {
  const source = program.getSourceFile(file)
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source)
  if (module === undefined) throw new Error(`${file} is not a module`)
  return checker.getExportsOfModule(module).map(resolved)
}

const exported = new Map(
  declarationFiles.flatMap((file) => exportsOf(file).map((symbol) => [symbol, file] as const)),
)

/** The types in a declaration that a module of this package declares at its top level. */
function referencesIn(declaration: Node): CompilerSymbol[] {
  const found = new Set<CompilerSymbol>()
  const visit = (node: Node): void => {
    if (typescript.isIdentifier(node)) {
      const symbol = checker.getSymbolAtLocation(node)
      if (symbol !== undefined) found.add(resolved(symbol))
    }
    typescript.forEachChild(node, visit)
  }
  visit(declaration)
  return [...found].filter(({ flags, declarations = [], parent }) => {
    const isType = (flags & typescript.SymbolFlags.Type) !== 0
    const isOurs = declarations.some((one) =>
      one.getSourceFile().fileName.startsWith(join(root, 'dist/')),
    )
    // The parent of what is declared at the top level of a module is the module, whose name is its path.
    return isType && isOurs && parent?.name.startsWith('"') === true
  })
}

test('every type that an exported declaration refers to is exported by an entry', () => {
  expect(exported.size).toBeGreaterThan(60)
  const missing = [...exported.keys()].flatMap((symbol) =>
    (symbol.declarations ?? []).flatMap((declaration) =>
      referencesIn(declaration)
        .filter((reference) => !exported.has(reference))
        .map((reference) => {
          const file = relative(root, declaration.getSourceFile().fileName)
          return `${reference.name}, by ${symbol.name} of ${file}`
        }),
    ),
  )
  expect(missing).toEqual([])
})
