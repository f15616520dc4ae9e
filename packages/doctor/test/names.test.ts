import { afterAll, describe, expect, test } from 'vitest'
import {
  aiSdk,
  call,
  changed,
  diagnoseProject,
  nextjs,
  removeProjects,
  soundNext,
  telemetry,
} from './project.ts'

afterAll(removeProjects)

describe('what is named otherwise is found all the same', () => {
  const route7 = "export const model = 'x'\n"
  const bare = { 'telemetry.ts': telemetry, 'model.ts': route7 }
  test.each([
    ["import { generateText as ask } from 'ai'\nvoid ask({ prompt: 'x' })\n", 2],
    ["import * as sdk from 'ai'\nvoid sdk.generateText({ prompt: 'x' })\n", 2],
    ["const { generateText } = require('ai')\nvoid generateText({ prompt: 'x' })\n", 2],
    ["const sdk = await import('ai')\nvoid sdk.generateText({ prompt: 'x' })\n", 2],
    ["import { generateText } from 'ai'\n\nvoid generateText!({ prompt: 'x' } as never)\n", 3],
    ["import { ToolLoopAgent } from 'ai'\nexport default new ToolLoopAgent({ tools: {} })\n", 2],
  ])('%s', async (code, line) => {
    const { findings } = await diagnoseProject({ ...bare, 'more.ts': code }, aiSdk(6))
    const found = findings.filter(({ id }) => id === 'call-without-telemetry')
    expect(found).toMatchObject([{ file: 'more.ts', line }])
  })

  test('in JavaScript with JSX, in Flow, and with decorators', async () => {
    const silent = "import { generateText } from 'ai'\nvoid generateText({ prompt: 'x' })\n"
    const files = {
      ...bare,
      'a.jsx': `${silent}export const A = () => <p>{1}</p>\n`,
      'b.js': `// @flow\n${silent}export const b = (x: ?string): string => x ?? ''\n`,
      'c.ts': `${silent}@Injectable() export class C { constructor(@Inject() private readonly x: string) {} }\n`,
      'd.cjs': silent.replace(
        "import { generateText } from 'ai'",
        "const { generateText } = require('ai')",
      ),
      'e.mts': silent,
      'f.tsx': `${silent}export const F = <T,>(x: T) => <p>{String(x)}</p>\n`,
    }
    const { findings } = await diagnoseProject(files, aiSdk(6))
    const found = findings.filter(({ id }) => id === 'call-without-telemetry')
    expect(found.map(({ file }) => file)).toEqual([
      'a.jsx',
      'b.js',
      'c.ts',
      'd.cjs',
      'e.mts',
      'f.tsx',
    ])
    expect(findings.filter(({ id }) => id === 'not-read')).toEqual([])
  })

  test('a processor list by other names, through other files and an alias of the tsconfig', async () => {
    const files = {
      ...soundNext,
      'tsconfig.json': '{ // paths\n "compilerOptions": { "paths": { "#lib/*": ["./lib/*"] }, } }',
      'lib/processors.ts': `import { CostSpanProcessor as Costs } from 'costspan'
const costs = new Costs()
const processors = ['auto', costs]
export { processors as all }
`,
      'instrumentation.ts': `import { all } from '#lib/processors'\n${changed(
        soundNext['instrumentation.ts'] ?? '',
        "[new CostSpanProcessor(), 'auto']",
        'all',
      )}`,
    }
    const { findings } = await diagnoseProject(files, nextjs)
    expect(findings).toMatchObject([
      { id: 'exporter-first', add: "spanProcessors: [costs, 'auto']" },
    ])
  })

  test('a sampler below a condition, and one in a list of environment files: the last word counts', async () => {
    const files = {
      ...soundNext,
      '.env': 'OTEL_TRACES_SAMPLER=always_off\n',
      '.env.production': 'export OTEL_TRACES_SAMPLER=always_on\n',
    }
    expect((await diagnoseProject(files, nextjs)).findings).toEqual([])
  })
})

describe('an environment file is read as Node reads it', () => {
  test('a line of a longer value sets no variable', async () => {
    const files = { ...soundNext, '.env': 'NOTE="first\nOTEL_TRACES_SAMPLER=always_off\nlast"\n' }
    expect((await diagnoseProject(files, nextjs)).findings).toEqual([])
  })

  test.each([
    ['# ours\nOTEL_TRACES_SAMPLER=`always_off`\n', 2],
    ["NOTE='a\nb'\n\n  export OTEL_TRACES_SAMPLER = always_off # for now\n", 4],
  ])('%j sets one on its line', async (text, line) => {
    const { findings } = await diagnoseProject({ ...soundNext, '.env': text }, nextjs)
    expect(findings).toMatchObject([{ id: 'sampler-drops', file: '.env', line }])
  })
})

test('a call is reported at each of its places', async () => {
  const files = {
    'telemetry.ts': telemetry,
    'a.ts': call,
    'b.ts': `${call}\n${call.slice(call.indexOf('export')).replace('answer', 'second')}`,
  }
  const { findings } = await diagnoseProject(files, aiSdk(5))
  const places = findings
    .filter(({ id }) => id === 'call-without-telemetry')
    .map(({ file, line }) => `${file}:${line}`)
  expect(places).toEqual(['a.ts:6', 'b.ts:6', 'b.ts:9'])
})
