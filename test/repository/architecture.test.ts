import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parseAst } from 'vitest/node'
import { describe, expect, test } from 'vitest'

const source = join(import.meta.dirname, '../../src')
const doctorSource = join(import.meta.dirname, '../../packages/doctor/src')

/** What a file may import is its own folder and what is before it. */
const line = [
  'invalid-option.ts',
  'thenable.ts',
  'memoize.ts',
  'warnings',
  'span',
  'conventions',
  'usage',
  'price',
  'attribution',
  'privacy',
  'charge',
  'duplicates',
  'diagnostics',
  'backends',
  'enrich',
  'processor',
  'exporter',
  'middleware',
  'ai-sdk',
  'sampling',
  'metrics',
  'manual',
  'clients',
  'propagation',
  'otlp',
  'ledger',
  'serverless',
  'cli',
  'index.ts',
  'prices.ts',
]

interface Node {
  type: string
  [field: string]: unknown
}

interface SourceFile {
  path: string
  lines: number
  nodes: Node[]
}

function filesBelow(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      (path) =>
        path.endsWith('.ts') && !path.endsWith('.d.ts') && !path.endsWith('catalog-data.ts'),
    )
    .map((path) => {
      const text = readFileSync(join(folder, path), 'utf8')
      const program = parseAst(text, { lang: 'ts' }) as unknown as Node
      return { path, lines: text.split('\n').length - 1, nodes: [...nodesOf(program)] }
    })
}

const files = filesBelow(source)
const doctorFiles = filesBelow(doctorSource)

function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value) && 'type' in value) yield value as Node
  for (const part of Object.values(value)) yield* nodesOf(part)
}

function importsOf({ nodes }: SourceFile): string[] {
  return nodes
    .filter(({ type }) => /^(Import|Export\w*)Declaration$|^ImportExpression$/.test(type))
    .flatMap(({ source: from }) => ((from as Node | null)?.['value'] as string | undefined) ?? [])
}

/** Paths below its own source folder that a file imports; one that begins with `..` is outside. */
function localImportsOf(file: SourceFile): string[] {
  return importsOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => relative(source, join(source, dirname(file.path), specifier)))
}

function stageOf(path: string): number {
  return line.indexOf(path.includes('/') ? path.slice(0, path.indexOf('/')) : path)
}

function stringsOf({ nodes }: SourceFile): string[] {
  const literals = nodes.filter(({ type }) => type === 'Literal' || type === 'TemplateElement')
  return literals
    .map(({ value }) => (value as { cooked?: string } | null)?.cooked ?? value)
    .filter((value): value is string => typeof value === 'string')
}

/** The names that an interface declares; of a template, such as that of tags, what is constant. */
function declaredNames(file: SourceFile | undefined, interfaceName: string): string[] {
  const declared = file?.nodes.find(
    ({ type, id }) =>
      type === 'TSInterfaceDeclaration' && (id as { name: string }).name === interfaceName,
  )
  return [...nodesOf(declared?.['body'])].flatMap(({ type, key, parameters }) => {
    if (type === 'TSPropertySignature') return (key as { value: string }).value
    if (type !== 'TSIndexSignature') return []
    const nodes = [...nodesOf(parameters)]
    return stringsOf({ path: '', lines: 0, nodes }).filter((text) => text !== '')
  })
}

function expectNoEscape({ nodes }: SourceFile): void {
  const kinds = new Set(nodes.map(({ type }) => type))
  expect(kinds).not.toContain('TSAnyKeyword')
  expect(kinds).not.toContain('TSNonNullExpression')
}

function fileAt(path: string): SourceFile | undefined {
  return files.find((file) => file.path === path)
}

/** Every attribute that is written, and every one that is read. */
const names = fileAt('span/attribute-names.ts')
const written = declaredNames(names, 'WrittenAttributes')
/** What `recordCall` gives a span when it starts it. */
const recorded = declaredNames(fileAt('span/recorded-attributes.ts'), 'RecordedAttributes')
const read = [...declaredNames(names, 'ReadAttributes'), ...recorded]
/** The labels of metrics, which no span gets. */
const metered = declaredNames(names, 'MeteredAttributes')
const writtenPattern = /^(cost|user|tenant)\./

describe.each(files.map((file) => [file.path, file] as const))('src/%s', (_, file) => {
  test('has its place on the line and imports from before it only', () => {
    expect(stageOf(file.path)).toBeGreaterThan(-1)
    const ahead = localImportsOf(file).filter((path) => stageOf(path) > stageOf(file.path))
    expect(ahead).toEqual([])
  })

  test('imports of packages nothing but the OpenTelemetry API, in otlp its exporter', () => {
    const packages = importsOf(file).filter((specifier) => !specifier.startsWith('.'))
    // On Node only: the command, and what writes files.
    const isCommand = /^(cli|ledger)\//.test(file.path)
    const exporter = '@opentelemetry/exporter-trace-otlp-proto'
    expect(
      packages.filter(
        (name) =>
          name !== '@opentelemetry/api' &&
          !(isCommand && name.startsWith('node:')) &&
          !(file.path.startsWith('otlp/') && name === exporter),
      ),
    ).toEqual([])
  })

  test('has 300 lines at most', () => expect(file.lines).toBeLessThanOrEqual(300))

  test('knows no any and no non-null assertion', () => expectNoEscape(file))

  test('names no attribute but those that src/span lists', () => {
    // What a backend reads is in its preset, and nowhere else.
    if (file.path.startsWith('span/') || file.path.startsWith('backends/')) return
    const paths = new Set(importsOf(file))
    const attributes = stringsOf(file).filter(
      (text) => !paths.has(text) && /(^|[^\w.])(ai|gen_ai|cost|user|tenant)\.\w/.test(text),
    )
    const operationIds = /^ai\.\w+(\.do\w+)?$/
    const elsewhere = file.path.startsWith('metrics/') ? metered : read
    const known = file.path === 'enrich/attributes.ts' ? written : elsewhere
    expect(
      attributes.filter(
        (text) =>
          !known.includes(text) &&
          !(file.path.startsWith('conventions/') && operationIds.test(text)),
      ),
    ).toEqual([])
  })

  test('writes no attribute: that is for enrich/attributes.ts', () => {
    if (file.path === 'enrich/attributes.ts') return
    const targets = file.nodes
      .filter(({ type }) => type === 'AssignmentExpression')
      .flatMap(({ left }) => stringsOf({ ...file, nodes: [...nodesOf(left)] }))
    expect(targets.filter((text) => writtenPattern.test(text))).toEqual([])
  })
})

describe.each(doctorFiles.map((file) => [file.path, file] as const))(
  'packages/doctor/src/%s',
  (_, file) => {
    test('imports costspan by its entries, its two dependencies, Node, and its own files', () => {
      const allowed = /^(costspan(\/ledger)?|@babel\/parser|get-tsconfig|node:\w+)$/
      const packages = importsOf(file).filter((specifier) => !specifier.startsWith('.'))
      expect(packages.filter((name) => !allowed.test(name))).toEqual([])
      expect(localImportsOf(file).filter((path) => path.startsWith('..'))).toEqual([])
    })

    test('has 300 lines at most', () => expect(file.lines).toBeLessThanOrEqual(300))

    test('knows no any and no non-null assertion', () => expectNoEscape(file))
  },
)

test.each([
  ['src', files],
  ['packages/doctor/src', doctorFiles],
])('no file of %s imports itself in a circle', (_, all) => {
  const importsByPath = new Map(all.map((file) => [file.path, localImportsOf(file)]))
  const circles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) circles.push([...trail, path].join(' > '))
    else for (const next of importsByPath.get(path) ?? []) visit(next, [...trail, path])
  }
  for (const path of importsByPath.keys()) visit(path, [])
  expect(circles).toEqual([])
})

test('the line has no stage without files', () => {
  const stages = new Set(files.map(({ path }) => stageOf(path)))
  expect([...stages].toSorted((one, other) => one - other)).toEqual([...line.keys()])
})

describe('the attributes that are written', () => {
  test('are in enrich/attributes.ts by the names that are declared, all of them', () => {
    const literals = stringsOf(fileAt('enrich/attributes.ts') as SourceFile)
    const used = new Set(literals.filter((text) => writtenPattern.test(text)))
    expect([...used].toSorted()).toEqual(written.toSorted())
  })

  test('are read again by the same names', () => {
    const readAgain = read.filter((name) => writtenPattern.test(name))
    expect(readAgain.filter((name) => ![...written, ...recorded].includes(name))).toEqual([])
    expect(readAgain).toContain('cost.usd')
  })

  // A store that nests by the dot can keep a value or an object under a name, not both.
  test('none is a prefix of another', () => {
    const all = [...written, ...recorded]
    const prefixes = all.flatMap((name) =>
      all
        .filter((other) => other !== name && other.startsWith(`${name}.`))
        .map((other) => [name, other]),
    )
    expect(prefixes).toEqual([])
  })

  test('are these', () => {
    expect(written.toSorted()).toEqual([
      'cost.attribution',
      'cost.cache_read_usd',
      'cost.cache_write_usd',
      'cost.fees_usd',
      'cost.input_usd',
      'cost.list_usd',
      'cost.output_usd',
      'cost.plan',
      'cost.price_version',
      'cost.reason',
      'cost.rollup_missing_calls',
      'cost.rollup_usd',
      'cost.source',
      'cost.status',
      'cost.tag.',
      'cost.unfinished_calls',
      'cost.usd',
      'tenant.id',
      'user.id',
    ])
  })
})
