import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { diagnose } from 'costspan-doctor'
import { afterAll, describe, expect, test } from 'vitest'
import { aiSdk, inShort, removeProjects, sound, writeProject, type Files } from './project.ts'

afterAll(removeProjects)

/** A route that makes a model by a name which only the alias leads to: it is known to be no model of the catalogue. */
const route =
  "import { model } from '#models/mine'\nimport { openai } from '@ai-sdk/openai'\nexport const a = openai(model)\n"

/** An application in a monorepo, with files beside it and above it. */
function writeMonorepo(files: Files): string {
  const top = writeProject({ 'package.json': '{"private":true}' })
  const app = join(top, 'apps/web')
  const { costspan: _, ...rest } = aiSdk(7)
  const manifest = {
    name: 'web',
    type: 'module',
    dependencies: { ...toRanges(rest), costspan: '*' },
  }
  const all: Files = {
    'apps/web/package.json': JSON.stringify(manifest),
    ...Object.fromEntries(Object.entries(sound).map(([path, text]) => [`apps/web/${path}`, text])),
    'apps/web/src/lib/models/mine.ts': "import 'costspan'\nexport const model = 'no-such-model'\n",
    'apps/web/route.ts': route,
    ...files,
  }
  for (const [path, text] of Object.entries(all)) {
    const to = join(top, path)
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, text)
  }
  return app
}

function toRanges(packages: object): Record<string, string> {
  return Object.fromEntries(Object.keys(packages).map((name) => [name, '^7.0.0']))
}

async function isFound(files: Files): Promise<boolean> {
  const { findings } = await diagnose({ directory: writeMonorepo(files) })
  return findings.map(inShort).some((text) => text.includes('model-unpriced route.ts'))
}

const here = { paths: { '#models/*': ['./src/lib/models/*'] } }
const options = (compilerOptions: object, more: object = {}): string =>
  JSON.stringify({ compilerOptions, ...more })

/** Each leads `#models/mine` to src/lib/models/mine.ts. */
const leading: readonly (readonly [what: string, files: Files])[] = [
  ['own paths', { 'apps/web/tsconfig.json': options(here) }],
  [
    'extends of a file further up, whose paths are relative to it',
    {
      'apps/web/tsconfig.json': '{ // comments\n "extends": "../../tsconfig.base.json", }',
      'tsconfig.base.json': options({ paths: { '#models/*': ['apps/web/src/lib/models/*'] } }),
    },
  ],
  [
    'extends without its ending, through another file',
    {
      'apps/web/tsconfig.json': '{ "extends": "./tsconfig.paths" }',
      'apps/web/tsconfig.paths.json': '{ "extends": "./config/deep" }',
      'apps/web/config/deep.json': options({ paths: { '#models/*': ['../src/lib/models/*'] } }),
    },
  ],
  [
    'extends of a package, by its name',
    {
      'apps/web/tsconfig.json': '{ "extends": "@acme/tsconfig" }',
      'node_modules/@acme/tsconfig/package.json': '{ "version": "1.0.0" }',
      'node_modules/@acme/tsconfig/tsconfig.json': options({
        paths: { '#models/*': ['${configDir}/src/lib/models/*'] },
      }),
    },
  ],
  [
    'extends of a file of a package, with baseUrl here',
    {
      'apps/web/tsconfig.json': options({ baseUrl: './src' }, { extends: 'acme-config/next.json' }),
      'node_modules/acme-config/package.json': '{ "version": "1.0.0" }',
      'node_modules/acme-config/next.json': options({ paths: { '#models/*': ['lib/models/*'] } }),
    },
  ],
  [
    'a list, of which the last wins',
    {
      'apps/web/tsconfig.json': '{ "extends": ["./one.json", "./two.json"] }',
      'apps/web/one.json': options({ paths: { '#models/*': ['./nowhere/*'] } }),
      'apps/web/two.json': options(here),
    },
  ],
  [
    'a circle beside it',
    {
      'apps/web/tsconfig.json': '{ "extends": ["./tsconfig.json", "./a.json", "./two.json"] }',
      'apps/web/a.json': '{ "extends": "./b.json" }',
      'apps/web/b.json': '{ "extends": "./a.json" }',
      'apps/web/two.json': options(here),
    },
  ],
  [
    'references, as Vite writes them',
    {
      'apps/web/tsconfig.json':
        '{ "files": [], "references": [{ "path": "./tsconfig.app.json" }] }',
      'apps/web/tsconfig.app.json': options(here),
    },
  ],
  ['jsconfig.json', { 'apps/web/jsconfig.json': options(here) }],
  [
    'extends of a file of a package, by the `exports` of its package.json',
    {
      'apps/web/tsconfig.json': '{ "extends": "@acme/tsconfig/next" }',
      'node_modules/@acme/tsconfig/package.json':
        '{ "version": "1.0.0", "exports": { "./next": "./configurations/next.json" } }',
      'node_modules/@acme/tsconfig/configurations/next.json': options({
        paths: { '#models/*': ['${configDir}/src/lib/models/*'] },
      }),
    },
  ],
  [
    'a pattern with text behind its star',
    { 'apps/web/tsconfig.json': options({ paths: { '#mod*/mine': ['./src/lib/mod*/mine'] } }) },
  ],
  [
    'the second target of a pattern',
    {
      'apps/web/tsconfig.json': options({
        paths: { '#models/*': ['./nowhere/*', './src/lib/models/*'] },
      }),
    },
  ],
  [
    'own paths beside `extends` of a package that is not installed',
    { 'apps/web/tsconfig.json': options(here, { extends: '@acme/missing/tsconfig.json' }) },
  ],
  [
    'own paths beside configurations that extend each other a billion times',
    {
      'apps/web/tsconfig.json': options(here, { extends: './level-0.json' }),
      ...Object.fromEntries(
        Array.from({ length: 30 }, (_, level) => [
          `apps/web/level-${level}.json`,
          `{ "extends": ["./level-${level + 1}.json", "./level-${level + 1}.json"] }`,
        ]),
      ),
      'apps/web/level-30.json': '{}',
    },
  ],
  [
    'a module by baseUrl alone',
    {
      'apps/web/tsconfig.json': options({ baseUrl: 'src/lib' }),
      'apps/web/route.ts': route.replace('#models', 'models'),
    },
  ],
]

/** None leads there: the doctor reports nothing about a model whose name it does not know. */
const leadingElsewhere: readonly (readonly [what: string, files: Files])[] = [
  ['no configuration', {}],
  [
    'own paths that replace those of the file that is extended',
    {
      'apps/web/tsconfig.json': options(
        { paths: { '~x/*': ['./x/*'] } },
        { extends: './two.json' },
      ),
      'apps/web/two.json': options(here),
    },
  ],
  [
    'a list, of which the last wins',
    {
      'apps/web/tsconfig.json': '{ "extends": ["./two.json", "./one.json"] }',
      'apps/web/one.json': options({ paths: { '#models/*': ['./nowhere/*'] } }),
      'apps/web/two.json': options(here),
    },
  ],
  [
    'an exact name that is only the beginning of the module',
    { 'apps/web/tsconfig.json': options({ paths: { '#models': ['./src/lib/models'] } }) },
  ],
  [
    'a pattern that another one is closer than',
    {
      'apps/web/tsconfig.json': options({
        paths: { ...here.paths, '#models/mine': ['./nowhere/mine'] },
      }),
    },
  ],
  [
    'extends of a package that is not there',
    { 'apps/web/tsconfig.json': '{ "extends": "../../../x" }' },
  ],
  [
    'a name that leads out of node_modules',
    { 'apps/web/tsconfig.json': '{ "extends": "@acme/.." }' },
  ],
  ['extends that is no text', { 'apps/web/tsconfig.json': '{ "extends": [5, null, {}] }' }],
]

describe('path aliases of a monorepo', () => {
  test.each(leading)('lead to their file by %s', async (_, files) => {
    expect(await isFound(files)).toBe(true)
  })

  test.each(leadingElsewhere)('do not lead there by %s', async (_, files) => {
    expect(await isFound(files)).toBe(false)
  })
})
