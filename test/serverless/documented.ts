import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const repository = join(import.meta.dirname, '../..')
const page = join(repository, 'docs/guide/serverless.md')

/** Each entry of costspan by its source: other tests build `dist` anew at any time. */
export function sources(): Record<string, [path: string]> {
  const { exports } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    exports: Record<string, { types?: string }>
  }
  const entries = Object.entries(exports).flatMap(([name, { types }]): [string, [string]][] => {
    if (types === undefined) return []
    const source = types.replace('dist', 'src').replace('.d.ts', '.ts')
    return [[name.replace('.', 'costspan'), [join(repository, source)]]]
  })
  return Object.fromEntries(entries)
}

/** As users of a bundler have them, and for tsx, Next.js and Wrangler alike. */
const compilerOptions = {
  module: 'esnext',
  moduleResolution: 'bundler',
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
  paths: sources(),
}

/** The blocks of docs/guide/serverless.md, each by the name of the file in its first line. */
export function documentedFiles(): Map<string, string> {
  const text = readFileSync(page, 'utf8')
  const blocks = [...text.matchAll(/^```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)^```$/gm)]
  return new Map(blocks.map(([, name = '', code = '']) => [name, code]))
}

export interface TemporaryFolder {
  readonly path: string
  remove(): void
}

/** A folder with files of the page, where packages resolve as in the repository, and costspan to its sources. */
export function folderOf(files: ReadonlyMap<string, string>): TemporaryFolder {
  // A name that linters, the formatter and git pass over.
  const parent = join(import.meta.dirname, '.next')
  mkdirSync(parent, { recursive: true })
  const path = mkdtempSync(join(parent, 'documented-'))
  writeFileSync(join(path, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  for (const [name, code] of files) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), code)
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) }
}

/** The code of a user who has not read the page. */
export function withoutFlush(code: string): string {
  const without = code.replaceAll(/flush\(\{.*?\}\)/g, 'Promise.resolve(false)')
  if (without === code) throw new Error('the page flushes nothing here')
  return without
}
