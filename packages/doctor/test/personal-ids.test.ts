import { afterAll, describe, expect, test } from 'vitest'
import {
  aiSdk,
  changed,
  diagnoseProject,
  lineOf,
  removeProjects,
  sound,
  telemetry,
  type Files,
} from './project.ts'

afterAll(removeProjects)

const isFine = 'AI calls name a user'
const head = `import { openai } from '@ai-sdk/openai'
import { generateText } from 'ai'
import { withAttribution } from 'costspan'
declare const session: any
declare const hash: (text: string) => string
`
const call = "generateText({ model: openai('gpt-4o'), prompt: 'x' })"

/** A function that makes a call with this attribution. */
function attributedTo(attribution: string, before = ''): Files {
  return {
    ...sound,
    'answer.ts': `${head}export async function answer(user: any) {
  ${before}
  return withAttribution(${attribution}, () => ${call})
}
`,
  }
}

const personal: readonly (readonly [what: string, files: Files])[] = [
  ['session.user.email', attributedTo('{ userId: session.user.email }')],
  ['an optional member', attributedTo('{ userId: session?.user?.email }')],
  ['a member that is asserted', attributedTo('{ userId: session.user!.email! }')],
  ['a type', attributedTo('{ userId: session.user.email as string }')],
  ['a member in brackets', attributedTo("{ userId: session.user['email'] }")],
  ['a default', attributedTo("{ userId: session.user.email ?? 'nobody' }")],
  ['an id, or else the address', attributedTo('{ userId: session.user.id ?? session.user.email }')],
  ['a condition', attributedTo('{ userId: user.isGuest ? undefined : user.email }')],
  ['a template', attributedTo('{ userId: `mail:${user.email}` }')],
  ['lower case', attributedTo('{ userId: user.email.toLowerCase().trim() }')],
  ['String()', attributedTo('{ userId: String(user.email) }')],
  ['a constant', attributedTo('{ userId }', 'const userId = session.user.email')],
  ['a name', attributedTo('{ userId: email }', 'const email = await session.mail()')],
  ['a name that is taken out', attributedTo('{ userId }', 'const { email: userId } = user')],
  [
    'an attribution with a name',
    attributedTo('caller', 'const caller = { userId: user.userEmail }'),
  ],
  ['Clerk', attributedTo('{ userId: user.primaryEmailAddress.emailAddress }')],
  ['a column', attributedTo('{ userId: user.email_address }')],
  ['a phone number', attributedTo('{ userId: user.phoneNumber }')],
  ['a phone', attributedTo('{ userId: user.phone }')],
  ['a tenant', attributedTo('{ userId: user.id, tenantId: user.billingEmail }')],
  [
    'setAttribution',
    {
      ...sound,
      'answer.ts': `${head.replace('withAttribution', 'setAttribution')}export function answer(user: any) {
  setAttribution({ userId: user.email })
  return ${call}
}
`,
    },
  ],
  [
    'an adapter',
    {
      ...attributedTo('{ userId: user.id }'),
      'server.ts': `import { expressAttribution } from 'costspan/middleware'
import './answer.js'
declare const app: any
app.use(expressAttribution((request: any) => ({ userId: request.user.email })))
`,
    },
  ],
]

const internal: readonly (readonly [what: string, files: Files])[] = [
  ['an id', attributedTo('{ userId: session.user.id }')],
  ['a hash', attributedTo('{ userId: hash(session.user.email) }')],
  ['a hash with a name', attributedTo('{ userId: user.emailHash }')],
  ['the same, the other way round', attributedTo('{ userId: user.hashedEmail }')],
  ['an id of an address', attributedTo('{ userId: user.emailId }')],
  ['a voice mail', attributedTo('{ userId: user.voicemailBox }')],
  [
    'what was found by it',
    attributedTo('{ userId: found.id }', 'const found = await session.find({ email: user.email })'),
  ],
  ['the user of an address', attributedTo('{ userId: user.email.ownerId }')],
  [
    'an address that is no id',
    attributedTo(
      '{ userId: user.id }',
      'await session.send({ to: user.email, userId: user.email })',
    ),
  ],
]

const kept: readonly (readonly [what: string, options: string, more: Files])[] = [
  ['pseudonymize', '{ privacy: { pseudonymize: { key: process.env.KEY! } } }', {}],
  ['personalIds', "{ privacy: { personalIds: 'keep' } }", {}],
  [
    'options of another file',
    '{ privacy }',
    { 'privacy.ts': "export const privacy = { personalIds: 'keep' }\n" },
  ],
  ['options that are not seen', '{ privacy: load() }', {}],
]

const first = personal[0]?.[1] ?? {}
const withOptions = (options: string, more: Files = {}): Files => ({
  ...first,
  'telemetry.ts': changed(
    telemetry,
    'new CostSpanProcessor()',
    `new CostSpanProcessor(${options})`,
  ),
  ...more,
})

describe('payer-redacted', () => {
  test.each(personal)('%s: found', async (_, files) => {
    const { findings, fine } = await diagnoseProject(files, aiSdk(7))
    expect(findings.map(({ id, severity }) => `${severity} ${id}`)).toEqual([
      'warning payer-redacted',
    ])
    expect(findings[0]?.add).toMatch(/internal id.*pseudonymize/)
    expect(fine).not.toContain(isFine)
  })

  test('is found on its line', async () => {
    const { findings } = await diagnoseProject(first, aiSdk(7))
    const line = lineOf(first['answer.ts'] ?? '', 'session.user.email')
    expect(findings).toMatchObject([{ file: 'answer.ts', line }])
  })

  test.each(internal)('%s: not found', async (_, files) => {
    const { findings, fine } = await diagnoseProject(files, aiSdk(7))
    expect(findings).toEqual([])
    expect(fine).toContain(isFine)
  })

  test.each(kept)('%s: not found', async (_, options, more) => {
    const { findings, fine } = await diagnoseProject(withOptions(options, more), aiSdk(7))
    expect(findings).toEqual([])
    expect(fine).toContain(isFine)
  })

  test("personalIds: 'omit' is the default, and found", async () => {
    const files = withOptions("{ privacy: { personalIds: 'omit', dropContent: false } }")
    const { findings } = await diagnoseProject(files, aiSdk(7))
    expect(findings.map(({ id }) => id)).toEqual(['payer-redacted'])
  })

  test('metadata of AI SDK 6: found', async () => {
    const files = {
      'telemetry.ts': telemetry,
      'answer.ts': `import { openai } from '@ai-sdk/openai'
import { generateText } from 'ai'
export const answer = (user: any) =>
  generateText({
    model: openai('gpt-4o'),
    prompt: 'x',
    experimental_telemetry: { isEnabled: true, metadata: { userId: user.email } },
  })
`,
    }
    const { findings } = await diagnoseProject(files, aiSdk(6))
    expect(findings.map(({ id }) => id)).toEqual(['payer-redacted'])
  })
})
