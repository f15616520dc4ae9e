import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { suitesThatShare } from '../../vitest.config.ts'
import { suitesOfNode } from '../../vitest.node.config.ts'
import { core, onServers } from '../runtimes/core.ts'
import { longest } from '../support/vitest/longest-first.ts'

const root = join(import.meta.dirname, '../..')
const files = ['test', 'packages'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts') && !path.includes('node_modules'))
    .map((path) => `${folder}/${path}`),
)

/** A pattern without braces, of each alternative one. */
function alternativesOf(pattern: string): string[] {
  const braces = /\{([^}]*)\}/.exec(pattern)
  if (braces === null) return [pattern]
  const [whole, inside = ''] = braces
  return inside.split(',').flatMap((one) => alternativesOf(pattern.replace(whole, one)))
}

function matches(pattern: string, path: string): boolean {
  const escaped = pattern.replaceAll('.', '\\.').replaceAll('**/', '(:)').replaceAll('*', '[^/]*')
  return new RegExp(`^${escaped.replaceAll('(:)', '(?:.*/)?')}$`).test(path)
}

/** A suite that is moved or renamed would leave its list in silence. */
describe.each([
  ['vitest.node.config.ts', suitesOfNode.map(([path]) => path)],
  ['suitesThatShare', suitesThatShare],
  ['longest', longest],
  ['test/runtimes/core.ts', [...core, ...onServers]],
])('in the list %s', (_, patterns) => {
  test.each(patterns.flatMap(alternativesOf))('%s is a suite', (pattern) => {
    expect(files.filter((path) => matches(pattern, path))).not.toEqual([])
  })
})
