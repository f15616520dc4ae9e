import { afterAll, describe, expect, test } from 'vitest'
import {
  aiSdk,
  diagnoseProject,
  integration,
  inShort,
  removeProjects,
  telemetry,
  type Files,
  type Packages,
} from './project.ts'

afterAll(removeProjects)

const base: Packages = aiSdk(7)
const setUp: Files = { 'telemetry.ts': telemetry, 'integration.ts': integration }

function installed(name: string, version: string): Packages {
  return { ...base, [name]: { version } }
}

function file(code: string): Files {
  return { ...setUp, 'ask.ts': code }
}

const openai7 = installed('openai', '7.59.0')
const openai6 = installed('openai', '6.49.0')
const openaiCode = `import OpenAI from 'openai'
const client = new OpenAI()
export const ask = (prompt: string) =>
  client.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: prompt }] })
`
const openInference = `import { OpenAIInstrumentation } from '@arizeai/openinference-instrumentation-openai'
import OpenAI from 'openai'
new OpenAIInstrumentation().manuallyInstrument(OpenAI)
`
const openTelemetrys = `import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai'
registerInstrumentations({ instrumentations: [new OpenAIInstrumentation()] })
`
const withPackages = (more: Packages, ...names: string[]): Packages => ({
  ...more,
  ...Object.fromEntries(names.map((name) => [name, { version: '1.0.0' }])),
})
const otelOpenai = (packages: Packages): Packages =>
  withPackages(packages, '@opentelemetry/instrumentation', '@opentelemetry/instrumentation-openai')
const started = (packages: Packages, start: string): Files => ({
  'package.json': JSON.stringify({
    name: 'app',
    type: 'module',
    scripts: { start },
    dependencies: Object.fromEntries(Object.keys(packages).map((name) => [name, '*'])),
  }),
})

/** Clients whose calls nothing sees: each is an error, where it is made or asked. */
const silent: readonly (readonly [what: string, files: Files, packages: Packages])[] = [
  ['openai 7, nothing beside it', file(openaiCode), openai7],
  [
    'openai by require',
    {
      ...setUp,
      'ask.cjs':
        "const OpenAI = require('openai')\nmodule.exports = () => new OpenAI().responses.create({})\n",
    },
    openai7,
  ],
  [
    'openai by a dynamic import',
    file(
      "export const ask = async () => {\n  const { default: OpenAI } = await import('openai')\n  return new OpenAI().responses.create({})\n}\n",
    ),
    openai7,
  ],
  [
    'openai by a dynamic import inside of an expression',
    file(
      "export const ask = async () => new (await import('openai')).default().responses.create({})\n",
    ),
    openai7,
  ],
  [
    'openai by another name',
    file(
      "import { OpenAI as Client } from 'openai'\nexport const ask = () => new Client().responses.create({})\n",
    ),
    openai7,
  ],
  [
    'Azure OpenAI',
    file(
      "import { AzureOpenAI } from 'openai'\nexport const ask = () => new AzureOpenAI().responses.create({})\n",
    ),
    openai7,
  ],
  [
    'openai that is exported again',
    {
      ...setUp,
      'lib/ai.ts': "export { default as OpenAI } from 'openai'\n",
      'ask.ts':
        "import { OpenAI } from './lib/ai.ts'\nexport const ask = () => new OpenAI().responses.create({})\n",
    },
    openai7,
  ],
  [
    'openai behind files that do not name it',
    {
      ...setUp,
      'lib/client.ts': "import OpenAI from 'openai'\nexport const client = new OpenAI()\n",
      'lib/index.ts': "export * from './client.ts'\n",
      'ask.ts':
        "import { client } from './lib'\nexport const ask = () => client.responses.create({})\n",
    },
    openai7,
  ],
  [
    'openai as the field of a class',
    file(
      "import OpenAI from 'openai'\nexport class Service {\n  #client = new OpenAI()\n  ask() { return this.#client.responses.create({}) }\n}\n",
    ),
    openai7,
  ],
  [
    "openai 7 under OpenTelemetry's instrumentation",
    {
      ...file(openaiCode),
      ...started(otelOpenai(openai7), 'node --import ./hook.js ask.js'),
      'otel.ts': openTelemetrys,
    },
    otelOpenai(openai7),
  ],
  [
    "openai 6 under OpenTelemetry's instrumentation, in ESM without a hook",
    { ...file(openaiCode), 'otel.ts': openTelemetrys },
    otelOpenai(openai6),
  ],
  [
    "OpenInference's instrumentation that is imported and not used",
    {
      ...file(openaiCode),
      'otel.ts':
        "import { OpenAIInstrumentation } from '@arizeai/openinference-instrumentation-openai'\n",
    },
    withPackages(openai7, '@arizeai/openinference-instrumentation-openai'),
  ],
  [
    'an instrumentation of another client',
    {
      ...file(openaiCode),
      'otel.ts':
        "import { AnthropicInstrumentation } from '@arizeai/openinference-instrumentation-anthropic'\nimport Anthropic from '@anthropic-ai/sdk'\nnew AnthropicInstrumentation().manuallyInstrument(Anthropic)\n",
    },
    withPackages(
      { ...openai7, '@anthropic-ai/sdk': { version: '0.60.0' } },
      '@arizeai/openinference-instrumentation-anthropic',
    ),
  ],
  ['recordCall in a comment', file(`// recordCall(usageFrom(answer))\n${openaiCode}`), openai7],
  [
    'recordCall that is imported and not used',
    file(`import { recordCall, usageFrom } from 'costspan/record'\n${openaiCode}`),
    openai7,
  ],
  [
    'recordCall of something else in another file',
    {
      ...file(openaiCode),
      'other.ts':
        "import { recordCall } from 'costspan/record'\nexport const record = (usage: never) => recordCall({ provider: 'x', model: 'y', usage })\n",
    },
    openai7,
  ],
  [
    'two functions, of which one records',
    file(
      `import { recordCall, usageFrom } from 'costspan/record'\n${openaiCode}export async function good() {\n  const answer = await client.responses.create({})\n  recordCall({ provider: 'openai', model: 'gpt-4o', usage: usageFrom(answer) })\n}\n`,
    ),
    openai7,
  ],
  [
    'two callers of one function, of which one records',
    {
      ...file(openaiCode),
      'good.ts':
        "import { ask } from './ask.ts'\nimport { recordCall, usageFrom } from 'costspan/record'\nexport const good = async () => recordCall({ provider: 'openai', model: 'gpt-4o', usage: usageFrom(await ask('x')) })\n",
      'bad.ts': "import { ask } from './ask.ts'\nexport const bad = () => ask('costspan')\n",
    },
    openai7,
  ],
  [
    '@anthropic-ai/sdk before its version 1',
    file(
      "import Anthropic from '@anthropic-ai/sdk'\nexport const ask = () => new Anthropic().messages.create({})\n",
    ),
    installed('@anthropic-ai/sdk', '0.60.0'),
  ],
  [
    '@anthropic-ai/sdk 1 whose spans are off',
    file(
      "import Anthropic from '@anthropic-ai/sdk'\nexport const ask = () => new Anthropic({ openTelemetry: false }).messages.create({})\n",
    ),
    installed('@anthropic-ai/sdk', '1.14.0'),
  ],
  [
    '@anthropic-ai/sdk of Bedrock',
    file(
      "import { AnthropicBedrock } from '@anthropic-ai/bedrock-sdk'\nexport const ask = () => new AnthropicBedrock().messages.create({})\n",
    ),
    installed('@anthropic-ai/bedrock-sdk', '0.20.0'),
  ],
  [
    '@google/genai',
    file(
      "import { GoogleGenAI } from '@google/genai'\nconst ai = new GoogleGenAI({})\nexport const ask = () => ai.models.generateContent({})\n",
    ),
    installed('@google/genai', '3.3.0'),
  ],
  [
    'groq-sdk',
    file(
      "import Groq from 'groq-sdk'\nexport const ask = () => new Groq().chat.completions.create({})\n",
    ),
    installed('groq-sdk', '1.0.0'),
  ],
  [
    '@mistralai/mistralai',
    file(
      "import { Mistral } from '@mistralai/mistralai'\nexport const ask = () => new Mistral({}).chat.complete({})\n",
    ),
    installed('@mistralai/mistralai', '2.0.0'),
  ],
  [
    'cohere-ai',
    file(
      "import { CohereClientV2 } from 'cohere-ai'\nexport const ask = () => new CohereClientV2({}).chat({})\n",
    ),
    installed('cohere-ai', '8.0.0'),
  ],
  [
    'together-ai',
    file(
      "import Together from 'together-ai'\nexport const ask = () => new Together().chat.completions.create({})\n",
    ),
    installed('together-ai', '1.0.0'),
  ],
  [
    'ollama',
    file(
      "import ollama from 'ollama'\nexport const ask = () => ollama.chat({ model: 'x', messages: [] })\n",
    ),
    installed('ollama', '1.0.0'),
  ],
  [
    '@aws-sdk/client-bedrock-runtime',
    file(
      "import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime'\nconst client = new BedrockRuntimeClient({})\nexport const ask = () => client.send(new ConverseCommand({}))\n",
    ),
    installed('@aws-sdk/client-bedrock-runtime', '3.900.0'),
  ],
  [
    'LangChain',
    file(
      "import { ChatOpenAI } from '@langchain/openai'\nexport const ask = () => new ChatOpenAI({ model: 'gpt-4o' }).invoke('x')\n",
    ),
    installed('@langchain/openai', '1.0.0'),
  ],
  [
    "LangChain under Traceloop's instrumentation",
    {
      ...file(
        "import { ChatOpenAI } from '@langchain/openai'\nexport const ask = () => new ChatOpenAI({ model: 'gpt-4o' }).invoke('x')\n",
      ),
      'otel.ts':
        "import { LangChainInstrumentation } from '@traceloop/instrumentation-langchain'\nnew LangChainInstrumentation().manuallyInstrument({})\n",
    },
    withPackages(installed('@langchain/openai', '1.0.0'), '@traceloop/instrumentation-langchain'),
  ],
  [
    'embeddings of LangChain',
    file(
      "import { OpenAIEmbeddings } from '@langchain/openai'\nexport const ask = () => new OpenAIEmbeddings().embedQuery('x')\n",
    ),
    installed('@langchain/openai', '1.0.0'),
  ],
  [
    'Mastra under its bridge to OpenTelemetry',
    file(
      "import { Agent } from '@mastra/core/agent'\nimport { OtelBridge } from '@mastra/otel-bridge'\nexport const bridge = new OtelBridge()\nexport const agent = new Agent({ model: 'openai/gpt-5.4' })\n",
    ),
    withPackages(installed('@mastra/core', '1.71.0'), '@mastra/otel-bridge'),
  ],
  [
    'the Claude Agent SDK',
    file(
      "import { query } from '@anthropic-ai/claude-agent-sdk'\nexport const ask = () => query({ prompt: 'x' })\n",
    ),
    installed('@anthropic-ai/claude-agent-sdk', '0.3.0'),
  ],
  [
    'fetch',
    file(
      "export const ask = () => fetch('https://api.openai.com/v1/responses', { method: 'POST' })\n",
    ),
    base,
  ],
  [
    'fetch of an address in parts',
    file(
      "const host = 'https://api.anthropic.com'\nconst url = `${host}/v1/messages`\nexport const ask = (body: string) => fetch(new URL(url), { method: 'POST', body })\n",
    ),
    base,
  ],
  [
    'fetch of an address of another file',
    {
      ...setUp,
      'config.ts': "export const openaiUrl = 'https://api.openai.com/v1'\n",
      'ask.ts':
        "import { openaiUrl } from './config.ts'\nexport const ask = () => fetch(openaiUrl + '/chat/completions')\n",
    },
    base,
  ],
  [
    'openai with a function of that name from elsewhere',
    file(
      "import OpenAI from 'openai'\nimport { withCosts } from './costs.ts'\nexport const ask = () => withCosts(new OpenAI()).responses.create({})\n",
    ),
    openai7,
  ],
  [
    'openai beside a client withCosts',
    file(
      "import OpenAI from 'openai'\nimport Groq from 'groq-sdk'\nimport { withCosts } from 'costspan/clients'\nexport function ask() {\n  const groq = withCosts(new Groq())\n  return [groq, new OpenAI().responses.create({})]\n}\n",
    ),
    openai7,
  ],
  [
    'openai that imports costFetch and does not pass it on',
    file(
      "import OpenAI from 'openai'\nimport { costFetch } from 'costspan/clients'\nexport const unused = costFetch()\nexport const ask = () => new OpenAI({ fetch }).responses.create({})\n",
    ),
    openai7,
  ],
  [
    '@anthropic-ai/sdk of Bedrock withCosts, whose answers are not read',
    file(
      "import { AnthropicBedrock } from '@anthropic-ai/bedrock-sdk'\nimport { withCosts } from 'costspan/clients'\nexport const ask = () => withCosts(new AnthropicBedrock()).messages.create({})\n",
    ),
    installed('@anthropic-ai/bedrock-sdk', '0.20.0'),
  ],
  [
    'axios',
    file(
      "import axios from 'axios'\nexport const ask = () => axios.post('https://openrouter.ai/api/v1/chat/completions', {})\n",
    ),
    installed('axios', '1.0.0'),
  ],
]

const recorded = `import { recordCall, usageFrom } from 'costspan/record'
export async function record(answer: any) {
  recordCall({ provider: 'openai', model: 'gpt-4o', usage: usageFrom(answer) })
  return answer
}
`

/** Clients that are seen, and what only looks like one. */
const seen: readonly (readonly [what: string, files: Files, packages: Packages])[] = [
  [
    'openai 7 that OpenInference is handed',
    { ...file(openaiCode), 'otel.ts': openInference },
    withPackages(openai7, '@arizeai/openinference-instrumentation-openai'),
  ],
  [
    'openai 6 that Traceloop is handed',
    {
      ...file(openaiCode),
      'otel.ts':
        "import * as traceloop from '@traceloop/node-server-sdk'\nimport OpenAI from 'openai'\ntraceloop.initialize({ instrumentModules: { openAI: OpenAI } })\n",
    },
    withPackages(openai6, '@traceloop/node-server-sdk'),
  ],
  [
    "openai 6 under OpenTelemetry's instrumentation, by a hook",
    {
      ...file(openaiCode),
      ...started(otelOpenai(openai6), 'node --import ./otel.ts ask.ts'),
      'otel.ts': openTelemetrys,
    },
    otelOpenai(openai6),
  ],
  [
    "openai 6 under OpenTelemetry's instrumentation, in CommonJS",
    {
      ...setUp,
      'ask.cjs':
        "const OpenAI = require('openai')\nmodule.exports = () => new OpenAI().responses.create({})\n",
      'otel.ts': openTelemetrys,
    },
    otelOpenai(openai6),
  ],
  [
    '@anthropic-ai/sdk 1, which writes spans itself',
    file(
      "import Anthropic from '@anthropic-ai/sdk'\nexport const ask = () => new Anthropic().messages.create({})\n",
    ),
    installed('@anthropic-ai/sdk', '1.14.0'),
  ],
  [
    'LangChain that OpenInference is handed',
    {
      ...file(
        "import { ChatOpenAI } from '@langchain/openai'\nexport const ask = () => new ChatOpenAI({ model: 'gpt-4o' }).invoke('x')\n",
      ),
      'otel.ts':
        "import { LangChainInstrumentation } from '@arizeai/openinference-instrumentation-langchain'\nimport * as manager from '@langchain/core/callbacks/manager'\nnew LangChainInstrumentation().manuallyInstrument(manager)\n",
    },
    withPackages(
      installed('@langchain/openai', '1.0.0'),
      '@arizeai/openinference-instrumentation-langchain',
      '@langchain/core',
    ),
  ],
  [
    'recordCall in the same function',
    file(
      `import OpenAI from 'openai'\nimport { recordCall, usageFrom } from 'costspan/record'\nconst client = new OpenAI()\nexport async function ask() {\n  const answer = await client.responses.create({})\n  recordCall({ provider: 'openai', model: 'gpt-4o', usage: usageFrom(answer) })\n}\n`,
    ),
    openai7,
  ],
  [
    'recordCall when the promise is kept',
    file(
      `import OpenAI from 'openai'\nimport { recordCall, usageFrom } from 'costspan/record'\nconst client = new OpenAI()\nexport const ask = () => client.responses.create({}).then((answer) => recordCall({ provider: 'openai', model: 'gpt-4o', usage: usageFrom(answer) }))\n`,
    ),
    openai7,
  ],
  [
    'recordCall of a namespace',
    file(
      `import OpenAI from 'openai'\nimport * as costs from 'costspan/record'\nexport const ask = async () => costs.recordCall({ provider: 'openai', model: 'gpt-4o', usage: costs.usageFrom(await new OpenAI().responses.create({})) })\n`,
    ),
    openai7,
  ],
  [
    'a helper that records, in another file',
    {
      ...setUp,
      'record.ts': recorded,
      'ask.ts': `import { record } from './record.ts'\nimport OpenAI from 'openai'\nconst client = new OpenAI()\nexport const ask = async () => record(await client.responses.create({}))\n`,
    },
    openai7,
  ],
  [
    'a helper that is exported again',
    {
      ...setUp,
      'lib/record.ts': recorded,
      'lib/index.ts': "export * from './record.ts'\n",
      'ask.ts': `import { record } from './lib/index.ts'\nimport OpenAI from 'openai'\nconst client = new OpenAI()\nexport const ask = async () => record(await client.responses.create({}))\n`,
    },
    openai7,
  ],
  [
    'a wrapper around the client',
    {
      ...setUp,
      'wrap.ts': `import { recordCall, usageFrom } from 'costspan/record'\nexport function wrap(client: any) {\n  return { create: async (body: any) => { const answer = await client.responses.create(body); recordCall({ provider: 'openai', model: 'gpt-4o', usage: usageFrom(answer) }); return answer } }\n}\n`,
      'ask.ts': `import OpenAI from 'openai'\nimport { wrap } from './wrap.ts'\nexport const client = wrap(new OpenAI())\nexport const ask = () => client.create({})\n`,
    },
    openai7,
  ],
  [
    'a caller that records, in another file',
    {
      ...file(openaiCode),
      'route.ts':
        "import { ask } from './ask.ts'\nimport { recordCall, usageFrom } from 'costspan/record'\nexport const route = async () => recordCall({ provider: 'openai', model: 'gpt-4o', usage: usageFrom(await ask('x')) })\n",
    },
    openai7,
  ],
  [
    'a client that is shared by functions that all record',
    {
      ...setUp,
      'client.ts': "import OpenAI from 'openai'\nexport const client = new OpenAI()\n",
      'a.ts': `import { client } from './client.ts'\nimport { recordCall, usageFrom } from 'costspan/record'\nexport async function a() {\n  recordCall({ provider: 'openai', model: 'a', usage: usageFrom(await client.responses.create({})) })\n}\n`,
    },
    openai7,
  ],
  [
    'types alone',
    file(
      "import type OpenAI from 'openai'\nimport { type ChatModel } from 'openai/resources'\nexport const f = (client: OpenAI, model: ChatModel) => [client, model]\n",
    ),
    openai7,
  ],
  [
    'an error class and a helper',
    file(
      "import { APIError, toFile } from 'openai'\nimport { zodResponseFormat } from 'openai/helpers/zod'\nexport const f = (error: unknown) => [error instanceof APIError, toFile, zodResponseFormat]\n",
    ),
    openai7,
  ],
  ['an unused import', file("import OpenAI from 'openai'\nexport const x = 'openai'\n"), openai7],
  ['a package that is only installed', setUp, openai7],
  [
    'tests and fixtures',
    {
      ...setUp,
      'test/ask.ts': openaiCode,
      'src/ask.test.ts': openaiCode,
      '__tests__/ask.ts': openaiCode,
      'dist/ask.js': openaiCode,
    },
    openai7,
  ],
  [
    'comments',
    file(
      "// import OpenAI from 'openai'; new OpenAI()\n/* fetch('https://api.openai.com/v1/responses') */\nexport const x = 'costspan'\n",
    ),
    openai7,
  ],
  [
    "a client of the same name of one's own",
    file("import { OpenAI } from './openai.ts'\nexport const ask = () => new OpenAI().ask()\n"),
    openai7,
  ],
  [
    "the AI SDK's provider at an address",
    file(
      "import { createOpenAI } from '@ai-sdk/openai'\nexport const openai = createOpenAI({ baseURL: 'https://api.openai.com/v1' })\n",
    ),
    base,
  ],
  [
    'a policy for contents',
    {
      ...setUp,
      'next.config.ts':
        "import 'costspan'\nexport const csp = ['connect-src https://api.openai.com https://api.anthropic.com']\n",
    },
    base,
  ],
  [
    'a list of models, and a file',
    file(
      "export const list = () => [fetch('https://api.openai.com/v1/models'), fetch('https://api.openai.com/v1/files')]\n",
    ),
    base,
  ],
  [
    'a page about a provider',
    file("export const read = () => fetch('https://platform.openai.com/docs')\n"),
    base,
  ],
  [
    'messages and prompts of LangChain',
    file(
      "import { HumanMessage } from '@langchain/core/messages'\nimport { StringOutputParser } from '@langchain/core/output_parsers'\nexport const f = () => [new HumanMessage('x'), new StringOutputParser()]\n",
    ),
    installed('@langchain/core', '1.0.0'),
  ],
  [
    'fetch that is recorded',
    file(
      "import { recordCall, usageFrom } from 'costspan/record'\nexport async function ask() {\n  const answer = await fetch('https://api.openai.com/v1/responses', { method: 'POST' })\n  recordCall({ provider: 'openai', model: 'gpt-4o', usage: usageFrom(await answer.json()) })\n}\n",
    ),
    base,
  ],
]

/** Clients whose answers `costspan/clients` reads. */
const readFromWire: readonly (readonly [what: string, files: Files, packages: Packages])[] = [
  [
    'openai withCosts',
    file(
      "import OpenAI from 'openai'\nimport { withCosts } from 'costspan/clients'\nconst client = withCosts(new OpenAI())\nexport const ask = () => client.responses.create({})\n",
    ),
    openai7,
  ],
  [
    'openai withCosts by its name, in another file, with options',
    {
      ...setUp,
      'client.ts': "import OpenAI from 'openai'\nexport const client = new OpenAI()\n",
      'ask.ts':
        "import { withCosts } from 'costspan/clients'\nimport { client } from './client.ts'\nexport const openai = withCosts(client, { readToEnd: true })\n",
    },
    openai7,
  ],
  [
    'openai withCosts by require',
    {
      ...setUp,
      'ask.cjs':
        "const OpenAI = require('openai')\nconst { withCosts } = require('costspan/clients')\nmodule.exports = () => withCosts(new OpenAI()).responses.create({})\n",
    },
    openai7,
  ],
  [
    'openai withCosts of a namespace, one of two clients',
    file(
      "import { OpenAI, AzureOpenAI } from 'openai'\nimport * as costs from 'costspan/clients'\nexport const ask = (azure: boolean) => costs.withCosts(azure ? new AzureOpenAI() : new OpenAI()).responses.create({})\n",
    ),
    openai7,
  ],
  [
    'openai withCosts in a helper',
    {
      ...setUp,
      'charged.ts':
        "import { withCosts } from 'costspan/clients'\nexport const charged = <T extends object>(client: T) => withCosts(client)\n",
      'ask.ts':
        "import OpenAI from 'openai'\nimport { charged } from './charged.ts'\nexport const ask = () => charged(new OpenAI()).responses.create({})\n",
    },
    openai7,
  ],
  [
    'openai with costFetch',
    file(
      "import OpenAI from 'openai'\nimport { costFetch } from 'costspan/clients'\nexport const ask = () => new OpenAI({ fetch: costFetch() }).responses.create({})\n",
    ),
    openai7,
  ],
  [
    'openai with a costFetch of another file',
    {
      ...setUp,
      'send.ts':
        "import { costFetch } from 'costspan/clients'\nexport const send = costFetch({ readToEnd: true })\n",
      'ask.ts':
        "import OpenAI from 'openai'\nimport { send } from './send.ts'\nconst options = { fetch: send }\nexport const ask = () => new OpenAI(options).responses.create({})\n",
    },
    openai7,
  ],
  [
    '@google/genai with costFetch',
    file(
      "import { GoogleGenAI } from '@google/genai'\nimport { costFetch } from 'costspan/clients'\nconst ai = new GoogleGenAI({ httpOptions: { fetch: costFetch() } })\nexport const ask = () => ai.models.generateContent({})\n",
    ),
    installed('@google/genai', '3.3.0'),
  ],
  [
    '@mistralai/mistralai with costFetch',
    file(
      "import { HTTPClient, Mistral } from '@mistralai/mistralai'\nimport { costFetch } from 'costspan/clients'\nexport const mistral = new Mistral({ httpClient: new HTTPClient({ fetcher: costFetch() }) })\n",
    ),
    installed('@mistralai/mistralai', '2.0.0'),
  ],
  [
    'LangChain with costFetch',
    file(
      "import { ChatOpenAI } from '@langchain/openai'\nimport { costFetch } from 'costspan/clients'\nexport const ask = () => new ChatOpenAI({ configuration: { fetch: costFetch() } }).invoke('x')\n",
    ),
    installed('@langchain/openai', '1.0.0'),
  ],
  [
    '@openai/agents with a default client',
    file(
      "import { Agent, run, setDefaultOpenAIClient } from '@openai/agents'\nimport OpenAI from 'openai'\nimport { withCosts } from 'costspan/clients'\nsetDefaultOpenAIClient(withCosts(new OpenAI()))\nexport const ask = () => run(new Agent({ name: 'a' }), 'x')\n",
    ),
    withPackages(installed('openai', '7.59.0'), '@openai/agents'),
  ],
  [
    'fetch that is a costFetch',
    file(
      "import { costFetch } from 'costspan/clients'\nconst fetch = costFetch()\nexport const ask = () => fetch('https://api.openai.com/v1/responses', { method: 'POST' })\n",
    ),
    base,
  ],
]

const isFine = 'clients beside the AI SDK are observed, or recorded'

describe('a client beside the AI SDK', () => {
  test.each(silent)(
    'that nothing observes is an error and never fine: %s',
    async (_, files, packages) => {
      const { findings, fine } = await diagnoseProject(files, packages)
      const found = findings.filter(({ id }) => id === 'raw-client')
      expect(found.map(inShort)).not.toEqual([])
      for (const each of found)
        expect(each).toMatchObject({
          severity: 'error',
          file: expect.any(String),
          line: expect.any(Number),
        })
      expect(fine).not.toContain(isFine)
    },
  )

  test.each(seen)('that is seen, or is none, is no finding: %s', async (_, files, packages) => {
    const { findings } = await diagnoseProject(files, packages)
    expect(findings.filter(({ id }) => id === 'raw-client').map(inShort)).toEqual([])
  })

  test.each(readFromWire)('that costspan/clients reads is fine: %s', async (_, files, packages) => {
    const { findings, fine } = await diagnoseProject(files, packages)
    expect(findings.filter(({ id }) => id === 'raw-client').map(inShort)).toEqual([])
    expect(fine).toContain(isFine)
  })

  test.each([
    [
      'openai',
      "import OpenAI from 'openai'\nexport const made = new OpenAI()\n",
      'withCosts(new OpenAI())',
    ],
    [
      'groq-sdk',
      "import Groq from 'groq-sdk'\nexport const made = new Groq()\n",
      'withCosts(new Groq())',
    ],
    [
      'cohere-ai',
      "import { CohereClientV2 } from 'cohere-ai'\nexport const made = new CohereClientV2({})\n",
      'new CohereClientV2({ fetch: costFetch() })',
    ],
    [
      'ollama',
      "import { Ollama } from 'ollama'\nexport const made = new Ollama()\n",
      'recordCall(',
    ],
  ])('the line to add for %s is named', async (name, code, line) => {
    const { findings } = await diagnoseProject(file(code), installed(name, '7.0.0'))
    const found = findings.find(({ id }) => id === 'raw-client')
    expect(found?.add).toContain(line)
    expect(found?.add).toMatch(
      /^import \{ (withCosts|costFetch|recordCall, usageFrom) \} from 'costspan/,
    )
  })

  test('that may be observed in code which was not looked at is a warning', async () => {
    const files = { ...file(`import '../shared/otel.ts'\n${openaiCode}`) }
    const { findings, fine } = await diagnoseProject(files, openai7)
    expect(findings.filter(({ id }) => id === 'raw-client')).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('../shared/otel.ts') },
    ])
    expect(fine).not.toContain(isFine)
  })
})

describe('costspan/clients without a processor', () => {
  const ask = (options: string, more = ''): Files => ({
    'ask.ts': `import OpenAI from 'openai'\nimport { withAttribution } from 'costspan'\nimport { withCosts } from 'costspan/clients'\n${more}const client = withCosts(new OpenAI()${options})\nexport const ask = () => withAttribution({ userId: 'u_42' }, () => client.responses.create({}))\n`,
  })
  const manager =
    "import { context } from '@opentelemetry/api'\nimport { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'\ncontext.setGlobalContextManager(new AsyncLocalStorageContextManager())\n"

  test('is fine with onCharge and a context manager', async () => {
    const { findings, fine } = await diagnoseProject(
      ask(', { onCharge: console.log }', manager),
      openai7,
    )
    expect(findings.filter(({ severity }) => severity !== 'note').map(inShort)).toEqual([])
    expect(fine).toContain('withCosts charges calls (ask.ts:7)')
  })

  test('charges nothing without onCharge', async () => {
    const { findings } = await diagnoseProject(ask('', manager), openai7)
    expect(findings).toContainEqual(
      expect.objectContaining({ id: 'processor-missing', severity: 'error' }),
    )
  })

  test('attributes nothing without a context manager', async () => {
    const { findings } = await diagnoseProject(ask(', { onCharge: console.log }'), openai7)
    expect(findings).toContainEqual(
      expect.objectContaining({
        id: 'no-context-manager',
        severity: 'error',
        file: 'ask.ts',
        line: 4,
      }),
    )
  })
})
