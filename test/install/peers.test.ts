import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder, type TemporaryFolder } from '../real-backends/install.ts'
import { commandsOf } from './commands.ts'
import { installTools, run, type Tools } from './tools.ts'

let folder: TemporaryFolder
let tools: Tools

beforeAll(async () => {
  folder = temporaryFolder('peers')
  tools = await installTools(folder.path, ['22'], ['npm 10', 'pnpm'])
})
afterAll(() => folder.remove())

const EXPORTER = '@opentelemetry/exporter-trace-otlp-proto'
const LOAD = "import('costspan/otlp').then(({ sendTo }) => console.log(typeof sendTo))"

/** What Node prints that loads `costspan/otlp` where these packages are installed. */
async function load(manager: 'npm 10' | 'pnpm', words: readonly string[], settings?: string) {
  const project = mkdtempSync(join(folder.path, 'project-'))
  if (settings !== undefined) writeFileSync(join(project, 'pnpm-workspace.yaml'), settings)
  await tools.install(manager, '22', project, ['costspan', ...words])
  return run(tools.node('22'), ['-e', LOAD], project).catch(String)
}

describe('the exporter that sendTo takes', () => {
  test('is named by the error where it is missing, and nothing else of costspan needs it', async () => {
    const printed = await load('npm 10', ['@opentelemetry/api@~1.9'])
    expect(printed).toContain(`Cannot find package '${EXPORTER}'`)
  })

  test.each([
    ['OpenTelemetry SDK 2', ['@opentelemetry/api@~1.9', `${EXPORTER}@~0.223`]],
    ['OpenTelemetry SDK 3', ['@opentelemetry/api@~1.10', `${EXPORTER}@~0.301`]],
  ])('is found with %s where pnpm links nothing but declared packages', async (_, words) => {
    expect(await load('pnpm', words, 'hoist: false\n')).toContain('function')
  })
})

describe('commands are found', () => {
  const found = (text: string) => commandsOf([['page.md', text]])

  test('in blocks, with lines that go on, and in sentences', () => {
    const commands = found(
      '```sh\nnpm install a \\\n  @b/c@~1.2 # why\n```\n\nRun `npm install d`, or `npm ci && npm i -D e@1`.\n',
    )
    expect(commands.map(({ words }) => words)).toEqual([['a', '@b/c@~1.2'], ['d'], ['e@1']])
  })

  test('by every package manager, once for the same packages', () => {
    const commands = found(
      '`npm i a b`, `pnpm add b a`, `bun add a b`, `yarn add c`, `npm install`\n',
    )
    expect(commands.map(({ words }) => words)).toEqual([['a', 'b'], ['c']])
  })

  test('with the first code behind them, in their own section', () => {
    const [one, other, last] = found(
      '```sh\nnpm i a\nnpm i b\n```\n```ts\nset-up\n```\n```ts\napplication\n```\n`npm i c`\n## Next\n```ts\nelse\n```\n',
    )
    expect(one?.snippets).toEqual([{ page: 'page.md', code: 'set-up\n' }])
    expect(other?.snippets).toEqual(one?.snippets)
    expect(last?.snippets).toEqual([])
  })
})
