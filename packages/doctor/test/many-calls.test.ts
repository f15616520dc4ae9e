import { expect, test } from 'vitest'
import { nodesInside } from '../src/reach.ts'
import type { Source } from '../src/module.ts'
import { nodesOf, parseSource, type SyntaxNode } from '../src/syntax.ts'

const CALLS = 300
const text = Array.from(
  { length: CALLS },
  (_, at) =>
    `export const f${at} = (a: string): string => { const { b = \`x\${a}y\` } = g(a); return b as string }`,
).join('\n')

test('the nodes of each function are found, and a file is gone through once for all of them', () => {
  const { nodes } = nodesOf(parseSource(text, 'a.ts'))
  let asked = 0
  const source = {
    get nodes() {
      asked++
      return nodes
    },
  } as unknown as Source
  const functions = nodes.filter(({ type }) => type === 'ArrowFunctionExpression')
  expect(functions).toHaveLength(CALLS)
  const range = ({ start, end }: SyntaxNode): readonly [number, number] => [start ?? 0, end ?? 0]
  for (const node of [...functions, ...nodes.slice(0, 3), ...nodes.slice(-3)]) {
    const [start, end] = range(node)
    const inside = nodes.filter((each) => range(each)[0] >= start && range(each)[1] <= end)
    expect(new Set(nodesInside({ node, source }))).toEqual(new Set(inside))
  }
  expect(asked).toBe(1)
})
