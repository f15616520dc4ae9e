import { afterAll, describe, expect, test } from 'vitest'
import { type Case, findingSuite } from './finding-suite.ts'
import {
  aiSdk,
  bad,
  changed,
  diagnoseProject,
  nextjs,
  removeProjects,
  sound,
  soundNext,
  telemetry,
  type Files,
} from './project.ts'

afterAll(removeProjects)

const unregistered = changed(
  changed(telemetry, 'trace.setGlobalTracerProvider(\n', 'export const provider =\n'),
  '  }),\n)\n',
  '  })\n',
)

function manifest(fields: object): Files {
  const dependencies = Object.fromEntries(Object.keys(aiSdk(7)).map((name) => [name, '*']))
  return {
    'package.json': JSON.stringify({ name: 'app', type: 'module', dependencies, ...fields }),
  }
}

const server = `import { createServer } from 'node:http'
import './integration.ts'
import { answer } from './answer.ts'
createServer(async (_, response) => response.end(await answer('u', 'x'))).listen(8080)
`
const started = { ...sound, ...manifest({ scripts: { start: 'node server.ts' } }) }
const unloaded = { ...started, 'server.ts': server }

findingSuite([
  ...(
    [
      ['trace.setGlobalTracerProvider(provider)', "import { trace } from '@opentelemetry/api'"],
      ["export const tracer = provider.getTracer('ai')", ''],
    ] as const
  ).map(([line, more]): Case => ({
    what: `mended by ${line}`,
    id: 'provider-not-registered',
    severity: 'error',
    at: ['telemetry.ts', 'new BasicTracerProvider'],
    add: 'trace.setGlobalTracerProvider(provider)',
    files: {
      ...sound,
      'telemetry.ts': `${unregistered}process.once('beforeExit', () => void provider.shutdown())\n`,
      'use.ts':
        "import { trace } from '@opentelemetry/api'\nexport const t = trace.getTracer('x')\n",
    },
    packages: aiSdk(7),
    mended: {
      ...sound,
      'telemetry.ts': unregistered,
      'use.ts': `${more}\nimport { provider } from './telemetry.ts'\n${line}\n`,
    },
  })),
  {
    what: 'NodeTracerProvider, and only a plug-in of Fastify is registered',
    id: 'provider-not-registered',
    severity: 'error',
    at: ['telemetry.ts', 'new NodeTracerProvider'],
    add: 'trace.setGlobalTracerProvider(provider)',
    files: {
      ...sound,
      'telemetry.ts': unregistered
        .replaceAll('Basic', 'Node')
        .replace('BatchSpanProcessor }', 'BatchSpanProcessor, NodeTracerProvider }'),
      'web.ts': `import fastify from 'fastify'
import cors from '@fastify/cors'
import 'costspan'
const app = fastify()
app.register(cors)
export const plugin = async (instance: any) => instance.register(cors)
`,
    },
    packages: { ...aiSdk(7), fastify: { version: '5.0.0' } },
    mended: { ...sound, 'telemetry.ts': `${unregistered}provider.register()\n` },
  },
  {
    what: 'a server does not import it',
    id: 'set-up-not-loaded',
    severity: 'warning',
    at: ['telemetry.ts'],
    add: "import './telemetry.ts'   (the first line of server.ts)",
    files: unloaded,
    packages: aiSdk(7),
    mended: { ...unloaded, 'server.ts': `import './telemetry.ts'\n${server}` },
  },
  {
    what: 'a server that is built does not import it, but a package of a like name',
    id: 'set-up-not-loaded',
    severity: 'warning',
    at: ['src/instrumentation.ts'],
    add: 'node --import ./src/instrumentation.ts …   (an import in src/server.ts hooks no module of ESM)',
    files: {
      'src/instrumentation.ts': telemetry,
      'src/integration.ts': sound['integration.ts'] ?? '',
      'src/answer.ts': sound['answer.ts'] ?? '',
      'src/server.ts': `import { registerInstrumentations } from '@opentelemetry/instrumentation'\nregisterInstrumentations({})\n${server}`,
      ...manifest({
        scripts: { start: 'node dist/server.js' },
        dependencies: { ai: '*', costspan: '*', '@opentelemetry/instrumentation': '*' },
      }),
    },
    packages: aiSdk(7),
    mended: {
      'src/instrumentation.ts': telemetry,
      'src/server.ts': server,
      ...manifest({ scripts: { start: 'node --import ./dist/instrumentation.js dist/server.js' } }),
    },
  },
  {
    what: 'Next.js knows no telemetry.ts',
    id: 'set-up-not-loaded',
    severity: 'warning',
    at: ['telemetry.ts'],
    add: "await import('./telemetry')",
    files: {
      'telemetry.ts': soundNext['instrumentation.ts'] ?? '',
      'app/api/chat/route.ts': soundNext['app/api/chat/route.ts'] ?? '',
    },
    packages: nextjs,
    mended: {
      'telemetry.ts': soundNext['instrumentation.ts'] ?? '',
      'app/api/chat/route.ts': soundNext['app/api/chat/route.ts'] ?? '',
      'instrumentation.ts': "export async function register() { await import('./telemetry') }\n",
    },
  },
])

describe('a set-up is loaded, or may be', () => {
  const scripts = { start: 'node server.ts' }
  test.each<[string, Files]>([
    ['by --require', manifest({ scripts: { start: 'tsx -r ./telemetry.ts server.ts' } })],
    ['by NODE_OPTIONS', { '.env': 'NODE_OPTIONS="--import ./telemetry.ts"\n' }],
    ['by a Dockerfile', { Dockerfile: 'CMD ["node", "--import", "./dist/telemetry.js", "."]\n' }],
    ['by pm2', { 'ecosystem.config.cjs': "module.exports = { node_args: '-r ./telemetry' }\n" }],
    ['by a file without a word of AI', { 'boot.ts': "import '#/telemetry'\nstart()\n" }],
    [
      'as a worker',
      { 'boot.ts': "start(new Worker(new URL('./telemetry.ts', import.meta.url)))\n" },
    ],
    ['as a process', { 'boot.ts': "import 'costspan'\nfork(join(here, 'telemetry.js'))\n" }],
    ['as the main file', manifest({ scripts, main: './telemetry.ts' })],
    ['by a framework', manifest({ scripts, dependencies: { ai: '*', costspan: '*', nuxt: '*' } })],
    ['by what no script names', manifest({ scripts: { start: 'run-it' } })],
    ['by a file that is gone', manifest({ scripts: { start: 'node main.ts' } })],
    [
      'by a path that is computed',
      { 'boot.ts': "export const x = 'ai'\nawait import(process.argv[2])\n" },
    ],
  ])('%s', async (_, files) => {
    expect(bad(await diagnoseProject({ ...unloaded, ...files }, aiSdk(7)))).toEqual([])
  })
})

describe('a provider is reached, or may be', () => {
  test.each([
    [
      'by a function that it is handed to',
      "import { provider } from './telemetry.ts'\nimport { setUp } from 'x'\nsetUp(provider)\n",
    ],
    [
      'by an option',
      "import { provider } from './telemetry.ts'\nexport const options = { tracerProvider: provider }\n",
    ],
    [
      'by who asks for it',
      "import { provider } from './telemetry.ts'\nexport const get = () => provider\n",
    ],
    ['as a parameter', "import 'costspan'\nexport const start = (one: any) => one.register()\n"],
  ])('%s', async (_, code) => {
    const files = { ...sound, 'telemetry.ts': unregistered, 'use.ts': code }
    expect(bad(await diagnoseProject(files, aiSdk(7)))).toEqual([])
  })

  test('not by what flushes it', async () => {
    const code =
      "import { flush } from 'costspan/serverless'\nimport { provider } from './telemetry.ts'\nexport const end = () => flush({ targets: [provider] })\n"
    const files = { ...sound, 'telemetry.ts': unregistered, 'use.ts': code }
    expect(bad(await diagnoseProject(files, aiSdk(7))).join()).toContain('provider-not-registered')
  })
})
