import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...['docs', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.md') && !path.includes('node_modules'))
      .map((path) => `${folder}/${path}`)
      .toSorted(),
  ),
]

const readPage = (page: string): string => readFileSync(join(root, page), 'utf8')

/** Code is not prose: a comment in a shell block is no heading, and an index is no link. */
const withoutCode = (text: string): string => text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')

/** As GitHub makes them. The second heading of the same text ends in -1. */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>()
  const headings = withoutCode(readPage(page)).matchAll(/^#{1,6} (.+)$/gm)
  return new Set(
    [...headings].map(([, heading = '']) => {
      const slug = heading
        .toLowerCase()
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-')
      const times = seen.get(slug) ?? 0
      seen.set(slug, times + 1)
      return times === 0 ? slug : `${slug}-${times}`
    }),
  )
}

const toRoot = (page: string): string => '../'.repeat(page.split('/').length - 1)

interface Link {
  path: string
  anchor: string | undefined
}

/** What is not in the package is linked by its address in the repository. */
const HOME = /\]\(https:\/\/github\.com\/costspan\/costspan\/blob\/main\//g

function linksIn(page: string): Link[] {
  const relative = withoutCode(readPage(page)).replaceAll(HOME, `](${toRoot(page)}`)
  const links = relative.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)
  return [...links].map(([, path = '', anchor]) => ({
    path: path === '' ? page : normalize(join(dirname(page), path)),
    anchor,
  }))
}

describe.each(pages)('%s', (page) => {
  const links = linksIn(page)

  test('links to files that exist', () => {
    const dead = links.map(({ path }) => path).filter((path) => !existsSync(join(root, path)))
    expect(dead).toEqual([])
  })

  test('links to headings that exist', () => {
    const dead = links.filter(
      ({ path, anchor }) =>
        anchor !== undefined && path.endsWith('.md') && !anchorsOf(path).has(anchor),
    )
    expect(dead).toEqual([])
  })
})

test('every page below docs is reached from README by links', () => {
  const reached = new Set(['README.md'])
  // A set also yields what is added while it is read.
  for (const page of reached) {
    for (const { path } of linksIn(page)) {
      const isFolder = existsSync(join(root, path)) && statSync(join(root, path)).isDirectory()
      const target = isFolder ? join(path, 'README.md') : path
      if (target.endsWith('.md') && existsSync(join(root, target))) reached.add(target)
    }
  }
  expect(pages.filter((page) => page.startsWith('docs/') && !reached.has(page))).toEqual([])
})

describe('CONTRIBUTING.md', () => {
  /** Each row, item and paragraph, with the code in it: whole paths, and names of files in a folder that it also names. */
  const parts = readPage('CONTRIBUTING.md')
    .split(/\n\n|\n(?=[-|])/)
    .map((line) => [...line.matchAll(/`([^`\s]+)`/g)].map(([, code = '']) => code))
  const isPath = (code: string): boolean =>
    /^(src|test|docs|scripts|prices|packages|examples|bench|\.ci)\//.test(code)
  const isIn = (file: string, path: string): boolean => {
    const folder = join(root, statSync(join(root, path)).isDirectory() ? path : dirname(path))
    return existsSync(join(folder, file))
  }

  test('names paths that exist', () => {
    const paths = parts.flat().filter(isPath)
    expect(paths.length).toBeGreaterThan(40)
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  test('names files that are in a folder of the same row or item', () => {
    const files = parts.flatMap((codes) =>
      codes
        .filter((code) => /^[\w.-]+\.(ts|js|py|json|yml)$/.test(code) && !isPath(code))
        .map((file) => [file, ['.', '.github/workflows/', ...codes.filter(isPath)]] as const),
    )
    expect(files.length).toBeGreaterThan(12)
    const missing = files.filter(([file, paths]) => !paths.some((path) => isIn(file, path)))
    expect(missing.map(([file]) => file)).toEqual([])
  })
})
