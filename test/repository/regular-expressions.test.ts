import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from '@babel/parser'
import { check } from 'recheck'
import { describe, expect, test } from 'vitest'

const source = join(import.meta.dirname, '../../src')

interface Node {
  type: string
  [field: string]: unknown
}

interface Pattern {
  readonly place: string
  readonly pattern: string
  readonly flags: string
}

function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value) && 'type' in value) yield value as Node
  for (const part of Object.values(value)) yield* nodesOf(part)
}

/** A RegExp that is put together; a name, of letters without a meaning, stands for what is put in. */
function constructed({ arguments: given }: Node): { pattern: string; flags: string } | undefined {
  const [pattern, flags] = given as (Node | undefined)[]
  if (pattern?.type !== 'TemplateLiteral') return undefined
  const parts = (pattern['quasis'] as { value: { cooked: string } }[]).map(
    ({ value }) => value.cooked,
  )
  return { pattern: parts.join('name'), flags: String(flags?.['value'] ?? '') }
}

const patterns: Pattern[] = []
/** Where a RegExp is made of something else. */
const others: string[] = []

for (const path of readdirSync(source, { recursive: true, encoding: 'utf8' }).toSorted()) {
  if (!path.endsWith('.ts') || path.endsWith('.d.ts') || path.endsWith('catalog-data.ts')) continue
  const text = readFileSync(join(source, path), 'utf8')
  const { program } = parse(text, { sourceType: 'module', plugins: ['typescript'] })
  for (const node of nodesOf(program)) {
    const { line } = (node['loc'] as { start: { line: number } } | undefined)?.start ?? { line: 0 }
    const place = `src/${path}:${line}`
    if (node.type === 'RegExpLiteral') {
      patterns.push({ place, pattern: String(node['pattern']), flags: String(node['flags']) })
    }
    const callee = node['callee'] as { name?: unknown } | undefined
    if (/^(?:New|Call)Expression$/.test(node.type) && callee?.name === 'RegExp') {
      const made = constructed(node)
      if (made === undefined) others.push(path)
      else patterns.push({ place, ...made })
    }
  }
}

/**
 * The alternatives of a pattern, which are tried one after the other: they take no longer than all of
 * them together, and a checker needs less time for each than for all.
 */
function alternativesOf(pattern: string): string[] {
  const found: string[] = []
  let [depth, isClass, start] = [0, false, 0]
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]
    if (character === '\\') at += 1
    else if (isClass) isClass = character !== ']'
    else if (character === '[') isClass = true
    else if (character === '(') depth += 1
    else if (character === ')') depth -= 1
    else if (character === '|' && depth === 0) {
      found.push(pattern.slice(start, at))
      start = at + 1
    }
  }
  return [...found, pattern.slice(start)]
}

/**
 * Its forms repeat up to a limit each, and it reads 4,096 characters: the checker counts the steps up to
 * the limits, and takes some of them for powers of the length.
 */
const bounded = 'src/privacy/detect-pii.ts:'

describe('every RegExp in src', () => {
  test('is found: literals, and those that are put together', () => {
    expect(patterns.length).toBeGreaterThan(100)
    // It copies a RegExp of the user's, which src/price/id-pattern.ts bounds.
    expect(others).toEqual(['price/define-prices.ts'])
  })

  test(
    'takes no more than linear time, by the word of a checker',
    { timeout: 300_000 },
    async () => {
      const checked = new Map<string, string>()
      const unbounded = patterns.filter(({ place }) => !place.startsWith(bounded))
      expect(unbounded.length).toBeLessThan(patterns.length)
      for (const { place, pattern, flags } of unbounded) {
        for (const alternative of alternativesOf(pattern)) {
          const key = `/${alternative}/${flags}`
          if (checked.has(key)) continue
          const found = await check(alternative, flags, { timeout: 60_000, randomSeed: 1 })
          checked.set(key, found.status === 'safe' ? 'safe' : `${place}: ${key} is ${found.status}`)
        }
      }
      expect([...checked.values()].filter((one) => one !== 'safe')).toEqual([])
    },
  )

  test.each(['^(a+)+$', '\\s+$', '(?:a|a)*b', '^.*?=(.*?)\\s*$'])(
    'would be found out if it were %s',
    async (pattern) => {
      const { status } = await check(pattern, '', { timeout: 60_000 })
      expect(status).toBe('vulnerable')
    },
  )
})
