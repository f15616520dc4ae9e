import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** The files of the tarball that npm would publish. */
const packed = new Set(
  (
    JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
        cwd: root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    ) as [{ files: { path: string }[] }]
  )[0].files.map(({ path }) => path),
)
const pages = [...packed].filter((path) => path.endsWith('.md'))

function has(path: string): boolean {
  return packed.has(path) || [...packed].some((file) => file.startsWith(`${path}/`))
}

describe('in the package', () => {
  test.each([
    'README.md',
    'SECURITY.md',
    'NOTICE',
    'LICENSE',
    'CHANGELOG.md',
    'docs/guide/install.md',
  ])('%s is', (path) => expect([...packed]).toContain(path))

  test('nobody else’s packages are, and no build', () => {
    expect([...packed].filter((path) => /(^|\/)(node_modules|\.next)\//.test(path))).toEqual([])
  })

  test.each(pages)('every relative link of %s leads to a file', (page) => {
    const text = readFileSync(join(root, page), 'utf8')
    // Pictures are on the page of the repository alone: they weigh as much as the code.
    const links = [...text.matchAll(/(?<!!\[[^\]]*)\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
      .map(([, path = '']) => normalize(join(dirname(page), path)).replace(/\/$/, ''))
      .filter((path) => !path.startsWith('docs/images/'))
    expect(links.filter((path) => !has(path))).toEqual([])
  })
})

describe('on npm’s page', () => {
  const { repository, homepage, bugs } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as { repository: { url: string }; homepage: string; bugs: { url: string } }

  test('relative links, the home page and the issues are those of the repository', () => {
    const [, home = ''] =
      /^git\+(https:\/\/github\.com\/[\w-]+\/[\w-]+)\.git$/.exec(repository.url) ?? []
    expect(home).not.toBe('')
    expect(homepage).toBe(`${home}#readme`)
    expect(bugs.url).toBe(`${home}/issues`)
  })
})

/**
 * npm resolves an optional peer to the newest version in its range, asked for or not, and the newest exporter excludes
 * OpenTelemetry SDK 2. An entry without a range is no edge to npm; pnpm and Yarn still link the package.
 */
test('the exporter of sendTo is an optional peer without a range', () => {
  const { peerDependencies, peerDependenciesMeta } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as { peerDependencies: object; peerDependenciesMeta: object }
  expect(Object.keys(peerDependencies)).toEqual(['@opentelemetry/api'])
  expect(peerDependenciesMeta).toEqual({
    '@opentelemetry/exporter-trace-otlp-proto': { optional: true },
  })
})

describe('SECURITY.md', () => {
  const text = readFileSync(join(root, 'SECURITY.md'), 'utf8')
  const sources = [...packed].filter((path) => /^src\/.*\.ts$/.test(path))
  const named = (folder: string): boolean => new RegExp(`costspan[/ ]${folder}\\b`).test(text)

  test('names each entry that reads or writes files', () => {
    const reading = sources.filter((path) =>
      /from 'node:(fs|fs\/promises)'/.test(readFileSync(join(root, path), 'utf8')),
    )
    const folders = [...new Set(reading.map((path) => path.split('/')[1] ?? ''))]
    expect(folders).toContain('ledger')
    // The command line reads what its commands are given: they are named one by one.
    expect(folders.filter((folder) => folder !== 'cli' && !named(folder))).toEqual([])
  })

  test('names each entry that opens connections', () => {
    const sending = sources.filter((path) =>
      /from '(node:(http|https|net|tls|dgram|http2)|@opentelemetry\/exporter.*)'|\bfetch\(/.test(
        readFileSync(join(root, path), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''),
      ),
    )
    const folders = [...new Set(sending.map((path) => path.split('/')[1] ?? ''))]
    expect(folders).toContain('otlp')
    expect(folders.filter((folder) => !named(folder))).toEqual([])
  })

  test('is linked to files that exist', () => {
    expect(existsSync(join(root, '.github/workflows/release.yml'))).toBe(true)
  })
})
