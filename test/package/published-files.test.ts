import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { entries } from '../../scripts/entries.js'

const root = join(import.meta.dirname, '../..')

interface Tarball {
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string }[]
}

/** The tarball that npm would publish. */
function pack(folder: string): Tarball {
  const words = ['pack', '--dry-run', '--json', '--ignore-scripts']
  const out = execFileSync('npm', words, {
    cwd: join(root, folder),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return (JSON.parse(out) as [Tarball])[0]
}

interface Manifest {
  readonly version: string
  readonly peerDependencies: Readonly<Record<string, string>>
}

function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest
}

const tarball = pack('.')
const packed = new Set(tarball.files.map(({ path }) => path))
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

  test('there are no packages of others, and no build', () => {
    expect([...packed].filter((path) => /(^|\/)(node_modules|\.next)\//.test(path))).toEqual([])
  })

  test('there are less than 2.1 MB', () => expect(tarball.unpackedSize).toBeLessThan(2_100_000))

  test.each(pages)('every relative link of %s leads to a file', (page) => {
    const text = readFileSync(join(root, page), 'utf8')
    // Pictures are on the page of the repository alone: they weigh as much as the code.
    const links = [...text.matchAll(/(?<!!\[[^\]]*)\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
      .map(([, path = '']) => normalize(join(dirname(page), path)).replace(/\/$/, ''))
      .filter((path) => !path.startsWith('docs/images/'))
    expect(links.filter((path) => !has(path))).toEqual([])
  })
})

describe('costspan-doctor', () => {
  test('has the version of costspan, and takes that and later patches beside it', () => {
    const { version, peerDependencies } = manifestIn('packages/doctor')
    expect(version).toBe(manifestIn('.').version)
    expect(peerDependencies).toEqual({ costspan: `^${version}` })
  })

  test('is packed with its licence, its page, its build and its sources', () => {
    const paths = pack('packages/doctor').files.map(({ path }) => path)
    for (const path of ['LICENSE', 'README.md', 'dist/index.js', 'dist/command.js']) {
      expect(paths).toContain(path)
    }
    const others = paths.filter((path) => !/^(dist|src)\//.test(path))
    expect(others.toSorted()).toEqual(['LICENSE', 'README.md', 'package.json'])
  })
})

describe('each entry', () => {
  test.each(entries)('$specifier has its source, and what is built from it', (entry) => {
    expect(has(entry.source)).toBe(true)
    expect(has(`dist/${entry.output}.js`)).toBe(true)
  })
})

describe('a bundle for production', () => {
  async function bundleOf(code: string): Promise<string> {
    const { outputFiles } = await build({
      stdin: { contents: code, resolveDir: root },
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
      external: ['@opentelemetry/api'],
    })
    return outputFiles.map(({ text }) => text).join('')
  }

  test('has no code of the line in development, and the function dropContent only where it is used', async () => {
    const without = await bundleOf(`export { CostSpanProcessor } from './dist/index.js'`)
    const whole = await bundleOf(`export * from './dist/index.js'`)
    for (const bundle of [without, whole]) expect(bundle).not.toContain('first call: ')
    expect(without).not.toContain('system_instructions')
    expect(whole).toContain('system_instructions')
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
