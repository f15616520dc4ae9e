import { afterAll, describe, expect, test } from 'vitest'
import {
  aiSdk,
  diagnoseProject,
  integration,
  inShort,
  nextjs,
  removeProjects,
  soundNext,
  telemetry,
  type Files,
  type Packages,
} from './project.ts'

afterAll(removeProjects)

const setUp: Files = { 'telemetry.ts': telemetry, 'integration.ts': integration }
const imports = "import { openai } from '@ai-sdk/openai'\nimport { generateText } from 'ai'\n"
const named = `${imports}import { withAttribution } from 'costspan'
export const named = (userId: string) =>
  withAttribution({ userId }, () => generateText({ model: openai('gpt-4o'), prompt: 'x' }))
`
const bare = `${imports}export const bare = () => generateText({ model: openai('gpt-4o'), prompt: 'x' })\n`
const express = `import { expressAttribution } from 'costspan/middleware'
import express from 'express'
const app = express()
app.use(expressAttribution((request) => ({ userId: request.user.id })))
`
const seven = aiSdk(7)
const six = { ...aiSdk(6) }
const telemetryOnly: Files = { 'telemetry.ts': telemetry }

/** Code that names a user, and a call beside it that has none. */
interface Unnamed {
  readonly files: Files
  readonly at: string
  readonly packages: Packages
}

interface Named {
  readonly files: Files
  readonly packages: Packages
  readonly isFine: boolean
}

const unnamed = (
  [
    [
      'a job beside a route',
      {
        ...soundNext,
        'app/api/jobs/route.ts': `${imports}export async function GET() {\n  await generateText({ model: openai('gpt-4o'), prompt: 'x' })\n  return new Response()\n}\n`,
      },
      'app/api/jobs/route.ts',
      nextjs,
    ],
    ['two files', { ...setUp, 'named.ts': named, 'job.ts': bare }, 'job.ts'],
    [
      'two functions of one file',
      { ...setUp, 'both.ts': `${named}${bare.slice(imports.length)}` },
      'both.ts',
    ],
    [
      'two routes in one function',
      {
        ...setUp,
        'server.ts': `${imports}import { withAttribution } from 'costspan'\nexport function build(app: any) {\n  app.post('/a', () => withAttribution({ userId: 'u' }, () => generateText({ model: openai('gpt-4o'), prompt: 'x' })))\n  app.post('/b', () => generateText({ model: openai('gpt-4o'), prompt: 'x' }))\n}\n`,
      },
      'server.ts',
    ],
    [
      'a call after the boundary in one function',
      {
        ...setUp,
        'a.ts': `${imports}import { withAttribution } from 'costspan'\nexport async function run() {\n  await withAttribution({ userId: 'u' }, () => generateText({ model: openai('gpt-4o'), prompt: 'x' }))\n  await generateText({ model: openai('gpt-4o'), prompt: 'title' })\n}\n`,
      },
      'a.ts',
    ],
    [
      'a function of two callers, of which one names no user',
      {
        ...setUp,
        'ask.ts': bare,
        'route.ts':
          "import { withAttribution } from 'costspan'\nimport { bare } from './ask.ts'\nexport const route = () => withAttribution({ userId: 'u' }, () => bare())\n",
        'cron.ts':
          "import 'costspan'\nimport { bare } from './ask.ts'\nsetInterval(() => bare(), 1000)\n",
      },
      'ask.ts',
    ],
    [
      'a worker beside a server with an adapter',
      {
        ...setUp,
        'server.ts': `${express}import { bare } from './ask.ts'\napp.post('/', () => bare())\n`,
        'ask.ts': bare,
        'worker.ts': `${imports}process.on('message', () => generateText({ model: openai('gpt-4o'), prompt: 'x' }))\n`,
      },
      'worker.ts',
      { ...seven, express: { version: '5.0.0' } },
    ],
    [
      'a call of AI SDK 6 without metadata beside one with it',
      {
        ...telemetryOnly,
        'a.ts': `${imports}export const a = (userId: string) => generateText({ model: openai('gpt-4o'), prompt: 'x', experimental_telemetry: { isEnabled: true, metadata: { userId } } })\nexport const b = () => generateText({ model: openai('gpt-4o'), prompt: 'y', experimental_telemetry: { isEnabled: true } })\n`,
      },
      'a.ts',
      six,
    ],
  ] as readonly (readonly [string, Files, string, Packages?])[]
).map(([what, files, at, packages = seven]): [string, Unnamed] => [what, { files, at, packages }])

/** Every call has a user, or may have one by code that is not followed. */
const allNamed = (
  [
    [
      'each by itself',
      { ...setUp, 'a.ts': named, 'b.ts': named.replace('named =', 'other =') },
      seven,
      true,
    ],
    ['Next.js', soundNext, nextjs, true],
    [
      'a function whose caller names the user',
      {
        ...setUp,
        'ask.ts': bare,
        'route.ts':
          "import { withAttribution } from 'costspan'\nimport { bare } from './ask.ts'\nexport const route = () => withAttribution({ userId: 'u' }, () => bare())\n",
      },
      seven,
      true,
    ],
    [
      'a function that is handed to the boundary',
      {
        ...setUp,
        'ask.ts': bare,
        'route.ts':
          "import { withAttribution } from 'costspan'\nimport { bare } from './ask.ts'\nexport const route = () => withAttribution({ userId: 'u' }, bare)\n",
      },
      seven,
      true,
    ],
    [
      'through three files, one of which exports again',
      {
        ...setUp,
        'lib/ask.ts': bare,
        'lib/index.ts': "export { bare as ask } from './ask.ts'\n",
        'service.ts':
          "import { ask } from './lib/index.ts'\nexport const serve = () => ask()\nexport const about = 'costspan'\n",
        'route.ts':
          "import { withAttribution } from 'costspan'\nimport { serve } from './service.ts'\nexport const route = () => withAttribution({ userId: 'u' }, () => serve())\n",
      },
      seven,
      true,
    ],
    [
      "a helper of one's own around the call",
      {
        ...setUp,
        'as.ts':
          "import { withAttribution } from 'costspan'\nexport const asUser = (userId: string, run: () => Promise<unknown>) => withAttribution({ userId }, run)\n",
        'a.ts': `${imports}import { asUser } from './as.ts'\nexport const a = () => asUser('u', () => generateText({ model: openai('gpt-4o'), prompt: 'x' }))\n`,
      },
      seven,
      true,
    ],
    [
      'setAttribution before the call',
      {
        ...setUp,
        'a.ts': `${imports}import { setAttribution } from 'costspan'\nexport async function a() {\n  setAttribution({ userId: 'u' })\n  return generateText({ model: openai('gpt-4o'), prompt: 'x' })\n}\n`,
      },
      seven,
      true,
    ],
    [
      'setAttribution in a helper',
      {
        ...setUp,
        'user.ts':
          "import { setAttribution } from 'costspan'\nexport async function requireUser() {\n  setAttribution({ userId: 'u' })\n}\n",
        'a.ts': `${imports}import { requireUser } from './user.ts'\nexport async function a() {\n  await requireUser()\n  return generateText({ model: openai('gpt-4o'), prompt: 'x' })\n}\n`,
      },
      seven,
      true,
    ],
    [
      'an adapter of a server',
      {
        ...setUp,
        'server.ts': `${express}import { bare } from './ask.ts'\napp.post('/', () => bare())\n`,
        'ask.ts': bare,
      },
      { ...seven, express: { version: '5.0.0' } },
      true,
    ],
    [
      'an adapter in a file beside the routes',
      {
        ...setUp,
        'auth.ts': `${express}export { app }\n`,
        'routes.ts': `import { bare } from './ask.ts'\nexport const routes = [bare]\n// ai\n`,
        'ask.ts': bare,
        'server.ts':
          "import { app } from './auth.ts'\nimport { routes } from './routes.ts'\napp.post('/', ...routes)\n",
      },
      { ...seven, express: { version: '5.0.0' } },
      true,
    ],
    [
      'attributedTo() of costspan',
      {
        ...setUp,
        'a.ts': `${imports}import { attributedTo } from 'costspan/ai-sdk'\nexport const a = () => generateText({ model: openai('gpt-4o'), prompt: 'x', ...attributedTo({ userId: 'u' }) })\n`,
      },
      seven,
      true,
    ],
    [
      'metadata of AI SDK 6',
      {
        ...telemetryOnly,
        'a.ts': `${imports}export const a = (userId: string) => generateText({ model: openai('gpt-4o'), prompt: 'x', experimental_telemetry: { isEnabled: true, metadata: { userId } } })\n`,
      },
      six,
      true,
    ],
    [
      'nextAttribution() around a handler',
      {
        ...setUp,
        'a.ts': `${imports}import { nextAttribution } from 'costspan/middleware'\nexport const POST = nextAttribution(() => ({ userId: 'u' }), async () => {\n  await generateText({ model: openai('gpt-4o'), prompt: 'x' })\n  return new Response()\n})\n`,
      },
      seven,
      true,
    ],
    [
      'an agent that is made once',
      {
        ...setUp,
        'agent.ts':
          "import { ToolLoopAgent } from 'ai'\nexport const agent = new ToolLoopAgent({ model: 'openai/gpt-4o' })\n",
        'a.ts': named,
      },
      seven,
    ],
  ] as readonly (readonly [string, Files, Packages, boolean?])[]
).map(([what, files, packages, isFine = false]): [string, Named] => [
  what,
  { files, packages, isFine },
])

describe('users of calls', () => {
  test.each(unnamed)(
    'a call that has none is found beside one that has: %s',
    async (_, { files, at, packages }) => {
      const { findings, fine } = await diagnoseProject(files, packages)
      expect(findings.filter(({ id }) => id === 'no-payer')).toMatchObject([
        { severity: 'warning', file: at, add: expect.stringContaining('withAttribution') },
      ])
      expect(fine).not.toContain('AI calls name a user')
    },
  )

  test.each(allNamed)('all are named: %s', async (_, { files, packages, isFine }) => {
    const { findings, fine } = await diagnoseProject(files, packages)
    expect(findings.filter(({ id }) => id === 'no-payer').map(inShort)).toEqual([])
    expect(fine.includes('AI calls name a user')).toBe(isFine)
  })
})
