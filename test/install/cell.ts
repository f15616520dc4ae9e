import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nameOf, repository, type InstallCommand, type Snippet } from './commands.ts'
import { run, type Tools } from './tools.ts'
import { startBackend, type Backend } from './backend.ts'
import { startProvider } from '../loopback/provider.ts'

/** A folder in which a command has been run. */
export interface Installed {
  readonly folder: string
  /** What the package manager needed besides the packages. */
  readonly flags: readonly string[]
  /** All that the user asked for, those of an earlier command included. */
  readonly words: readonly string[]
  readonly command: InstallCommand
}

/** The packages that ask for another Node, by their own `engines`. */
export function excluding({ folder, words }: Installed, node: string, tools: Tools): string[] {
  return words.map(nameOf).filter((name) => {
    const { engines } = manifestOf(folder, name)
    return engines?.node !== undefined && !tools.satisfies(node, engines.node)
  })
}

interface Manifest {
  readonly version: string
  readonly engines?: { readonly node?: string }
}

function manifestOf(folder: string, name: string): Manifest {
  const path = join(folder, 'node_modules', name, 'package.json')
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest
}

/** Compiles the snippets as the reader's TypeScript does, and leaves what it emits beside them. */
export async function compile(
  { folder, command }: Installed,
  snippets: readonly Snippet[],
): Promise<string[]> {
  mkdirSync(join(folder, 'snippets'), { recursive: true })
  const sources = snippets.length > 0 ? snippets.map(({ code }) => code) : [importing(command)]
  const names = sources.map((code, index) => {
    writeFileSync(join(folder, 'snippets', `snippet-${index}.mts`), toThisMachine(code))
    return `snippet-${index}.mjs`
  })
  const compilerOptions = {
    module: 'esnext',
    moduleResolution: 'bundler',
    target: 'es2022',
    lib: ['es2023', 'dom'],
    strict: true,
    skipLibCheck: true,
    moduleDetection: 'force',
    rootDir: '.',
    typeRoots: [join(repository, 'node_modules/@types')],
    types: ['node'],
  }
  writeFileSync(
    join(folder, 'snippets/tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['*.mts'] }),
  )
  const compiler = join(repository, 'node_modules/typescript/bin/tsc')
  await run(process.execPath, [compiler, '-p', join(folder, 'snippets')], folder)
  return names
}

/** An address that the code spells, and no variable leads away from. */
function toThisMachine(code: string): string {
  return code.replaceAll(/'https:\/\/[^/']+(\/[^']*)?'/g, '`${process.env.BACKEND_URL}$1`')
}

/** A page that shows no code beside a command promises that the packages load. */
function importing({ words }: InstallCommand): string {
  const lines = words.map((word, index) => `import * as package${index} from '${nameOf(word)}'`)
  const all = words.map((_, index) => `package${index}`)
  return [...lines, `export const packages: object[] = [${all.join(', ')}]\n`].join('\n')
}

/** The set-up, then one call by a user, then what waits is delivered. */
const DRIVER = `
const [file, aiVersion, user] = process.argv.slice(2)
const { register } = await import(file)
register?.()
const { withAttribution } = await import('costspan')
const { flush } = await import('costspan/serverless')
await withAttribution({ userId: user }, async () => {
  if (aiVersion === 'none') {
    const { recordCall } = await import('costspan/record')
    recordCall({ provider: 'openai', model: 'gpt-4o-2024-08-06', usage: { input: 1200, output: 350 } })
  } else {
    const { generateText } = await import('ai')
    const { createOpenAI } = await import('@ai-sdk/openai')
    const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL })
    // AI SDK 7 has telemetry by the set-up; the majors before it on each call.
    const telemetry = Number.parseInt(aiVersion) < 7 && { experimental_telemetry: { isEnabled: true } }
    await generateText({ model: openai('gpt-4o'), prompt: 'Hello', ...telemetry })
  }
})
console.log('flushed:', await flush())
process.exit()
`

/** What 1,200 tokens in and 350 out of gpt-4o cost, where no provider is asked. */
const RECORDED_USD = (1_200 * 2.5 + 350 * 10) / 1e6

/** What has arrived at the backend, and what the provider has billed. */
export interface Compared {
  readonly page: string
  readonly arrived: readonly (number | undefined)[]
  readonly billed: readonly (number | undefined)[]
}

/** Runs a compiled snippet as an application that makes one call. */
export async function runSnippet(
  { folder }: Installed,
  snippet: Snippet | undefined,
  file: string,
  [program, label]: readonly [program: string, label: string],
): Promise<Compared | undefined> {
  if (snippet === undefined) {
    await run(program, [join(folder, 'snippets', file)], folder)
    return undefined
  }
  const driver = join(folder, 'snippets', 'drive.mjs')
  writeFileSync(driver, DRIVER)
  const provider = await startProvider({
    reply: () => ({ text: 'Hello', usage: { uncachedInput: 1_200, outputText: 350 } }),
  })
  const backend = await startBackend()
  try {
    const has = (name: string): boolean => existsSync(join(folder, 'node_modules', name))
    const calls = has('ai') && has('@ai-sdk/openai')
    const aiVersion = calls ? manifestOf(folder, 'ai').version : 'none'
    const user = `user-${label}`
    const printed = await run(program, [driver, `./${file}`, aiVersion, user], folder, {
      OPENAI_BASE_URL: `${provider.url}/openai`,
      OPENAI_API_KEY: 'loopback',
      ...variables(backend),
    })
    if (!printed.includes('flushed: true')) throw new Error(`not delivered: ${printed}`)
    if (!canSend(snippet)) return undefined
    const arrived = await backend.arrived(user)
    const billed = calls ? provider.calls.map(({ usd }) => usd) : [RECORDED_USD]
    return { page: snippet.page, arrived, billed }
  } finally {
    await Promise.all([provider.close(), backend.close()])
  }
}

/** Datadog's address has no port: it cannot be a server of this machine. */
function canSend({ code }: Snippet): boolean {
  return !code.includes("sendTo('datadog')")
}

/** What each backend's set-up reads, with a backend on this machine in its place. */
function variables({ url }: Backend): Record<string, string> {
  return {
    BACKEND_URL: url,
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    DD_API_KEY: '',
    LANGFUSE_BASE_URL: url,
    LANGFUSE_PUBLIC_KEY: 'key',
    LANGFUSE_SECRET_KEY: 'key',
    PHOENIX_COLLECTOR_ENDPOINT: url,
    ARIZE_COLLECTOR_ENDPOINT: url,
    ARIZE_SPACE_ID: 'space',
    ARIZE_API_KEY: 'key',
    BRAINTRUST_API_URL: url,
    BRAINTRUST_API_KEY: 'key',
    BRAINTRUST_PARENT: 'project_name:chat',
    HONEYCOMB_API_ENDPOINT: url,
    HONEYCOMB_API_KEY: 'key',
    AXIOM_URL: url,
    AXIOM_TOKEN: 'key',
    AXIOM_DATASET: 'traces',
    NEW_RELIC_OTLP_ENDPOINT: url,
    NEW_RELIC_LICENSE_KEY: 'key',
    LMNR_PROJECT_API_KEY: 'key',
  }
}
