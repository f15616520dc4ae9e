import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Difference } from './differences.ts'

/** A difference that is wanted. */
export interface Expected {
  /** The kind of difference; `*` is any text. */
  readonly difference: string
  /** The first input that shows it, where a few random inputs do: the same kind in another input has another cause. */
  readonly first?: string
  /** The largest number of times that it is wanted. */
  readonly times?: number
  /** A line below "Changed" of CHANGELOG.md that names it, or one for each of its causes. */
  readonly changed: string | readonly string[]
}

const root = join(import.meta.dirname, '../..')

export function loadExpected(): Expected[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'expected.json'), 'utf8')) as Expected[]
}

/** The entry that a difference is wanted by. */
export function expectationOf(
  { kind, id, count }: Difference,
  expected: readonly Expected[],
): Expected | undefined {
  return expected.find(
    ({ difference, first = id, times = count }) =>
      first === id && count <= times && patternOf(difference).test(kind),
  )
}

function patternOf(difference: string): RegExp {
  const parts = difference.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's')
}

/** Lines that are not among what CHANGELOG.md has as changed in the version that is not released. */
export function unlisted(expected: readonly Expected[]): string[] {
  const changed = squeezed(changedSection(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')))
  const lines = new Set(expected.flatMap((entry) => entry.changed))
  return [...lines].filter((line) => !changed.includes(squeezed(line)))
}

function changedSection(changelog: string): string {
  const unreleased = changelog.split(/^## /m).find((part) => part.startsWith('Unreleased')) ?? ''
  return unreleased.split(/^### /m).find((part) => part.startsWith('Changed')) ?? ''
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
