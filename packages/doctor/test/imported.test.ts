import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { diagnose } from 'costspan-doctor'
import { afterAll, describe, expect, test } from 'vitest'
import {
  aiSdk,
  bad,
  call,
  diagnoseProject,
  integration,
  removeProjects,
  sound,
  telemetry,
  writeProject,
  type Files,
} from './project.ts'

afterAll(removeProjects)

function packageJson(fields: object): string {
  const dependencies = Object.fromEntries(Object.keys(aiSdk(7)).map((name) => [name, '*']))
  return JSON.stringify({ name: 'app', type: 'module', dependencies, ...fields })
}

/** Set-ups in folders that are not looked through, and the same that nothing imports. */
const cases: readonly (readonly [what: string, loaded: Files, unloaded: Files])[] = [
  [
    'a set-up in a folder of others, which code imports',
    {
      'src/vendor/telemetry/index.ts': "import './set-up'\n",
      'src/vendor/telemetry/set-up.ts': telemetry,
      'src/app.ts': `import './vendor/telemetry'\n${integration}`,
      'src/answer.ts': call,
    },
    { 'src/vendor/telemetry.ts': telemetry, 'src/app.ts': integration, 'src/answer.ts': call },
  ],
  [
    'a set-up that an import of package.json leads to, from a file with no other relevant word',
    {
      'package.json': packageJson({ imports: { '#start': { node: './build/start.mjs' } } }),
      'build/start.mjs': telemetry,
      'src/app.ts': "import '#start'\n",
      'src/answer.ts': call + integration,
    },
    { 'build/start.mjs': telemetry, 'src/app.ts': '', 'src/answer.ts': call + integration },
  ],
  [
    'a set-up that a script loads before what it runs',
    {
      'package.json': packageJson({ scripts: { dev: 'node --import ./vendor/start.mjs app.js' } }),
      'vendor/start.mjs': telemetry,
      'app.js': integration + call,
    },
    {
      'package.json': packageJson({ scripts: { test: 'node --import ./vendor/start.mjs --test' } }),
      'vendor/start.mjs': telemetry,
      'app.js': integration + call,
    },
  ],
]

describe('what is imported counts, wherever it is', () => {
  test.each(cases)('%s', async (_, loaded, unloaded) => {
    expect(bad(await diagnoseProject(loaded, aiSdk(7)))).toEqual([])
    const { findings } = await diagnoseProject(unloaded, aiSdk(7))
    expect(findings).toMatchObject([{ id: 'processor-missing', severity: 'error' }])
  })
})

test('what a file that is imported from a folder of others does wrong is found', async () => {
  const files = {
    ...sound,
    'answer.ts': `import './vendor/more'\n${call}`,
    'vendor/more.ts':
      "import { generateText } from 'ai'\nvoid generateText({ prompt: 'x' } as never)\n",
    'vendor/unused.ts': "import { embed } from 'ai'\nvoid embed({ value: 'x' } as never)\n",
  }
  const { findings } = await diagnoseProject(files, aiSdk(6))
  const places = findings
    .filter(({ id }) => id === 'call-without-telemetry')
    .map(({ file }) => file)
  expect(places).toEqual(['answer.ts', 'vendor/more.ts'])
})

test('neither a build of a source that was read, nor what only tests import, is read', async () => {
  const wrong =
    "import { OpenTelemetry } from '@ai-sdk/otel'\nexport const it = new OpenTelemetry()\n"
  const files = {
    ...sound,
    'src/command.ts': call,
    'dist/command.js': wrong,
    'bin/run.js': "import '../dist/command.js'\n",
    'vitest.setup.ts': "import './test/server'\n",
    'test/server.ts': wrong,
  }
  expect(bad(await diagnoseProject(files, aiSdk(7)))).toEqual([])
  const more = { ...files, 'start.js': "import './test/server.js'\nimport './dist/other.js'\n" }
  const { findings } = await diagnoseProject({ ...more, 'dist/other.js': wrong }, aiSdk(7))
  expect(findings.map(({ id, file }) => `${id} ${file}`)).toEqual([
    'integration-options dist/other.js',
    'integration-options test/server.ts',
  ])
})

test('what is imported through a link may be anything: what was not seen is a note', async () => {
  const elsewhere = writeProject({ 'telemetry.ts': telemetry })
  const files = { 'answer.ts': `import './shared/telemetry'\n${call}${integration}` }
  const directory = writeProject(files, aiSdk(7))
  symlinkSync(elsewhere, join(directory, 'shared'))
  const { findings } = await diagnose({ directory })
  expect(findings.map(({ id, severity }) => `${severity} ${id}`)).toEqual([
    'note processor-missing',
    'note not-read',
  ])
  expect(findings[1]?.message).toContain('./shared/telemetry')
})
