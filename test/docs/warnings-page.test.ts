import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAst } from 'vitest/node'
import { describe, expect, test } from 'vitest'

const repository = join(import.meta.dirname, '../..')
const source = join(repository, 'src')
const page = readFileSync(join(repository, 'docs/reference/warnings.md'), 'utf8').replaceAll(
  /\s+/g,
  ' ',
)

interface Node {
  type: string
  [field: string]: unknown
}

function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value) && 'type' in value) yield value as Node
  for (const part of Object.values(value)) yield* nodesOf(part)
}

/** `reporter.warn`, `warnOnce` and `reportError`. */
function prints({ type, callee }: Node): boolean {
  if (type !== 'CallExpression') return false
  const { name, property } = callee as { name?: string; property?: { name?: string } }
  return name === 'warnOnce' || name === 'reportError' || property?.name === 'warn'
}

/** What a call prints: the first argument of `warn` and `warnOnce` is a key. */
function printedBy(node: Node): unknown {
  const { name } = node['callee'] as { name?: string }
  return name === 'reportError' ? node['arguments'] : (node['arguments'] as unknown[]).slice(1)
}

/** What is constant of the texts below a node: keys and names of attributes are shorter, or have no blank. */
function textsOf(nodes: Iterable<Node>): string[] {
  return [...nodes]
    .filter(({ type }) => type === 'Literal' || type === 'TemplateElement')
    .map(({ value }) => (value as { cooked?: string } | null)?.cooked ?? value)
    .filter((text): text is string => typeof text === 'string')
    .map((text) => text.replaceAll(/\s+/g, ' ').trim())
    .filter((text) => text.length >= 20 && text.includes(' '))
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter(
    (path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !/catalog|^doctor/.test(path),
  )
  .map((path) => {
    const program = parseAst(readFileSync(join(source, path), 'utf8'), { lang: 'ts' })
    const nodes = [...nodesOf(program)]
    const all = /^diagnostics\/(messages|set-up)|^attribution\/context-manager/.test(path)
    return [
      path,
      all
        ? textsOf(nodes)
        : nodes.filter(prints).flatMap((node) => textsOf(nodesOf(printedBy(node)))),
    ] as const
  })
  .filter(([, texts]) => texts.length > 0)

describe('docs/reference/warnings.md has every warning that the source has', () => {
  test.each(files)('src/%s', (_, texts) => {
    expect(texts.filter((text) => !page.includes(text))).toEqual([])
  })

  test('of these files at least', () => {
    const paths = files.map(([path]) => path)
    expect(paths).toEqual(
      expect.arrayContaining([
        'diagnostics/messages.ts',
        'attribution/boundary.ts',
        'attribution/context-manager.ts',
        'manual/record-call.ts',
      ]),
    )
  })
})
