import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { diagnose } from 'costspan-doctor'
import { afterAll, describe, expect, test } from 'vitest'
import { parseAst } from 'vitest/node'
import {
  aiSdk,
  diagnoseProject,
  removeProjects,
  root,
  sound,
  writeProject,
  type Files,
} from './project.ts'

afterAll(removeProjects)

const endings = ['ts', 'tsx', 'mts', 'cts', 'js', 'jsx', 'mjs', 'cjs']
const folder = mkdtempSync(join(tmpdir(), 'costspan-doctor-bytes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('whatever is in a file, nothing is thrown', () => {
  async function expectNoThrow(name: string, bytes: Uint8Array | string): Promise<void> {
    const path = join(folder, name)
    writeFileSync(path, bytes)
    const { findings } = await diagnose({ directory: folder })
    expect(Array.isArray(findings)).toBe(true)
    rmSync(path)
  }
  const ending = fc.constantFrom(...endings)

  test('any bytes behind an import', async () => {
    const property = fc.asyncProperty(ending, fc.uint8Array({ maxLength: 300 }), (end, bytes) =>
      expectNoThrow(`a.${end}`, Buffer.concat([Buffer.from("import { x } from 'ai';\n"), bytes])),
    )
    await fc.assert(property, { numRuns: 300 })
  })

  test('pieces of real code in any order', async () => {
    const code = Object.values(sound).join('\n')
    const pieces = code.match(/\w+|[^\w\s]|\s+/g) ?? []
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 200 }).map((all) => all.join(''))
    const property = fc.asyncProperty(ending, text, (end, mixed) =>
      expectNoThrow(`a.${end}`, `import 'costspan'\n${mixed}`),
    )
    await fc.assert(property, { numRuns: 300 })
  })

  test('real code that is cut at any place', async () => {
    const code = Object.values(sound).join('\n')
    const property = fc.asyncProperty(fc.nat(code.length), (length) =>
      expectNoThrow('a.ts', code.slice(0, length)),
    )
    await fc.assert(property, { numRuns: 200 })
  })

  test.each([
    'package.json',
    'tsconfig.json',
    'package-lock.json',
    'pnpm-lock.yaml',
    'yarn.lock',
    'bun.lock',
    '.env',
    'vercel.json',
    'serverless.yml',
    'wrangler.toml',
  ])('any text, and any JSON, as %s', async (name) => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.json())
    await fc.assert(
      fc.asyncProperty(text, (any) => expectNoThrow(name, any)),
      { numRuns: 60 },
    )
  })

  test('code that is nested deeper than the stack', async () => {
    await expectNoThrow('a.js', `import 'ai'\n${'['.repeat(200_000)}`)
    await expectNoThrow('b.js', `import 'ai'\nx = ${'a+'.repeat(100_000)}a`)
    await expectNoThrow('c.ts', `import 'ai'\n${'f('.repeat(3000)}${')'.repeat(3000)}`)
  })

  test('names that mean something to JavaScript', async () => {
    await expectNoThrow(
      'a.ts',
      "import { __proto__ as constructor } from 'ai'\nimport { toString } from '__proto__'\nconstructor({ __proto__: toString, constructor })\n",
    )
    await expectNoThrow('b.ts', "import x from '../../../../../../etc/passwd'\nimport 'ai'\nx()\n")
  })
})

describe('the disk', () => {
  test('links that lead in circles are not followed', async () => {
    const directory = writeProject(sound, aiSdk(7))
    symlinkSync(directory, join(directory, 'loop'))
    symlinkSync('/', join(directory, 'everything'))
    symlinkSync(join(directory, 'self.ts'), join(directory, 'self.ts'))
    mkdirSync(join(directory, 'node_modules/a/node_modules'), { recursive: true })
    symlinkSync(join(directory, 'node_modules/a'), join(directory, 'node_modules/a/node_modules/a'))
    const { files, findings } = await diagnose({ directory })
    expect(files).toBe(Object.keys(sound).length)
    expect(findings).toEqual([])
  })

  test('packages that ask for each other in a circle are met once', async () => {
    const packages = {
      ...aiSdk(7),
      a: { version: '1.0.0', dependencies: { b: '*' } },
      b: { version: '1.0.0', dependencies: { a: '*', '../../evil': '*' } },
    }
    expect((await diagnoseProject(sound, packages)).findings).toEqual([])
  })

  test('a file of megabytes is not parsed, and is reported as left out', async () => {
    const files = { ...sound, 'big.js': `import 'ai'\n// ${'x'.repeat(600_000)}` }
    const { findings } = await diagnoseProject(files, aiSdk(7))
    expect(findings).toMatchObject([{ id: 'not-read', severity: 'note', file: 'big.js' }])
  })

  test('a folder with a package.json of its own is reported as left out', async () => {
    const files = {
      ...sound,
      'functions/package.json': '{ "dependencies": { "ai": "*" } }',
      'functions/x.ts': "import { generateText } from 'ai'",
      'esm/package.json': '{ "type": "module" }',
      'esm/y.ts': "import 'costspan'",
    }
    const diagnosis = await diagnoseProject(files, aiSdk(7))
    expect(diagnosis.findings).toMatchObject([
      { id: 'not-read', add: 'npx costspan doctor functions/' },
    ])
    expect(diagnosis.files).toBe(Object.keys(sound).length + 1)
  })

  test('a directory that is not there, or is a file, is an error', async () => {
    await expect(diagnose({ directory: join(folder, 'nowhere') })).rejects.toThrow('ENOENT')
    const directory = writeProject(sound)
    await expect(diagnose({ directory: join(directory, 'answer.ts') })).rejects.toThrow(TypeError)
  })

  test.each([[null], [{ directory: 5 }], [{ ledger: '' }], [{ dir: '.' }]])(
    'options %j are refused',
    async (options) => {
      await expect(diagnose(options as never)).rejects.toThrow(TypeError)
    },
  )

  test('nothing is written', async () => {
    const directory = writeProject(sound, aiSdk(7))
    const before = readdirSync(directory).toSorted()
    await diagnose({ directory })
    expect(readdirSync(directory).toSorted()).toEqual(before)
  })
})

describe('no code of the project is run', () => {
  const marker = join(folder, 'has-run')
  const booby = `require('node:fs').writeFileSync(${JSON.stringify(marker)}, 'x'); throw new Error('ran')\n`
  const esm = `import { writeFileSync } from 'node:fs'\nimport 'costspan'\nimport 'ai'\nwriteFileSync(${JSON.stringify(marker)}, 'x')\nthrow new Error('ran')\n`
  const names = [
    'instrumentation.ts',
    'next.config.js',
    'next.config.mjs',
    'vercel.ts',
    'serverless.ts',
    'wrangler.js',
    'vitest.config.ts',
    'eslint.config.js',
    'app/api/chat/route.ts',
    'costspan.config.js',
    'index.js',
    'server.cjs',
    '.pnp.cjs',
    '.pnpmfile.cjs',
    '.eslintrc.cjs',
    'babel.config.cjs',
    'postinstall.js',
  ]
  const files: Files = {
    ...Object.fromEntries(
      names.map((name) => [name, name.endsWith('.cjs') ? `${booby}require('ai')` : esm]),
    ),
    'package.json': JSON.stringify({
      main: './index.js',
      dependencies: { ai: '*', costspan: '*', next: '*' },
      scripts: {
        preinstall: 'node postinstall.js',
        install: 'node postinstall.js',
        prepare: 'node postinstall.js',
      },
    }),
    'node_modules/ai/package.json': '{ "name": "ai", "version": "7.0.173", "main": "index.cjs" }',
    'node_modules/ai/index.cjs': booby,
    'node_modules/costspan/package.json':
      '{ "name": "costspan", "version": "0.1.0", "main": "index.cjs" }',
    'node_modules/costspan/index.cjs': booby,
    'node_modules/next/package.json':
      '{ "name": "next", "version": "16.4.6", "main": "index.cjs" }',
    'node_modules/next/index.cjs': booby,
  }

  test('where every file leaves a mark when it is', async () => {
    const { files: read, packages } = await diagnoseProject(files)
    expect(read).toBeGreaterThan(8)
    expect(packages).toContainEqual({ name: 'AI SDK', version: '7.0.173' })
    expect(existsSync(marker)).toBe(false)
  })

  test('and the mark is left when it is run', async () => {
    const directory = writeProject(files)
    await expect(import(/* @vite-ignore */ join(directory, 'server.cjs'))).rejects.toThrow('ran')
    expect(existsSync(marker)).toBe(true)
  })

  test('the doctor has nothing that could run it', () => {
    const source = join(root, 'packages/doctor/src')
    const paths = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.ts'),
    )
    expect(paths.length).toBeGreaterThan(20)
    for (const path of paths) {
      const program = JSON.stringify(
        parseAst(readFileSync(join(source, path), 'utf8'), { lang: 'ts' }),
      )
      const runs = /"type":"ImportExpression"|"name":"(eval|Function|require|createRequire)"/
      const loads = /"node:(module|vm|child_process|worker_threads)"/
      expect([path, runs.test(program), loads.test(program)]).toEqual([path, false, false])
    }
  })
})
