import { type Case, findingSuite } from './finding-suite.ts'
import { aiSdk, call, changed, integration, sound, telemetry } from './project.ts'

const onSdk6 = {
  'telemetry.ts': telemetry,
  'answer.ts': changed(
    call,
    'prompt })',
    "prompt, experimental_telemetry: { isEnabled: true, metadata: { userId: 'ada' } } })",
  ),
}

const withoutPayer = `import { openai } from '@ai-sdk/openai'
import { generateText } from 'ai'
export const answer = (prompt: string) => generateText({ model: openai('gpt-4o'), prompt })
`

findingSuite([
  {
    what: 'AI SDK 7 emits no spans',
    id: 'no-integration',
    severity: 'error',
    at: ['answer.ts', 'generateText({'],
    add: 'registerTelemetry(new OpenTelemetry({ usage: true, providerMetadata: true }))',
    files: { 'telemetry.ts': telemetry, 'answer.ts': call },
    packages: aiSdk(7),
    mended: sound,
  },
  ...(
    [
      ['()', '`usage` and `providerMetadata`'],
      ['({ usage: true })', 'Without `providerMetadata`'],
      ['({ usage: false, providerMetadata: true })', 'Without `usage` what'],
    ] as const
  ).map(([options]): Case => ({
    what: `new OpenTelemetry${options}`,
    id: 'integration-options',
    severity: 'warning',
    at: ['integration.ts', 'new OpenTelemetry'],
    add: 'usage: true, providerMetadata: true',
    files: {
      ...sound,
      'integration.ts': changed(integration, '({ usage: true, providerMetadata: true })', options),
    },
    packages: aiSdk(7),
    mended: {
      ...sound,
      'integration.ts': `import { costTelemetry } from 'costspan/ai-sdk'\n${changed(
        integration,
        '({ usage: true, providerMetadata: true })',
        '({ ...costTelemetry(), headers: true })',
      )}`,
    },
  })),
  ...(
    [
      ['OpenTelemetry', 'error'],
      ['LegacyOpenTelemetry', 'warning'],
    ] as const
  ).map(([other, severity]): Case => ({
    what: `${other} is registered, too`,
    id: 'integration-twice',
    severity,
    at: ['integration.ts', 'registerTelemetry('],
    add: 'registerTelemetry(new OpenTelemetry(',
    files: {
      ...sound,
      'integration.ts': `${integration.replace(
        '{ OpenTelemetry }',
        '{ LegacyOpenTelemetry, OpenTelemetry }',
      )}registerTelemetry(new ${other}({ usage: true, providerMetadata: true }))\n`,
    },
    packages: aiSdk(7),
    mended: sound,
  })),
  ...([4, 5, 6] as const).map((major): Case => ({
    what: `a call of AI SDK ${major} without telemetry`,
    id: 'call-without-telemetry',
    severity: 'error',
    at: ['answer.ts', 'generateText({'],
    add: 'experimental_telemetry: { isEnabled: true',
    files: { 'telemetry.ts': telemetry, 'answer.ts': call },
    packages: aiSdk(major),
    mended: onSdk6,
  })),
  ...['', 'isEnabled: false, '].map((isEnabled): Case => ({
    what: `telemetry that is not enabled: { ${isEnabled}… }`,
    id: 'call-without-telemetry',
    severity: 'error',
    at: ['answer.ts', 'generateText({'],
    add: 'isEnabled: true',
    files: {
      ...onSdk6,
      'answer.ts': changed(onSdk6['answer.ts'], 'isEnabled: true, ', isEnabled),
    },
    packages: aiSdk(6),
    mended: onSdk6,
  })),
  ...['telemetry', 'experimental_telemetry'].map((name): Case => ({
    what: `a call of AI SDK 7 with ${name} that is not enabled`,
    id: 'telemetry-disabled',
    severity: 'warning',
    at: ['answer.ts', 'generateText({'],
    add: 'telemetry: { isEnabled: true }',
    files: {
      ...sound,
      'answer.ts': changed(call, 'prompt })', `prompt, ${name}: { isEnabled: false } })`),
    },
    packages: aiSdk(7),
    mended: {
      ...sound,
      'answer.ts': changed(call, 'prompt })', `prompt, ${name}: { isEnabled: true } })`),
    },
  })),
  {
    what: 'a call of AI SDK 6 whose other options come from elsewhere',
    id: 'telemetry-disabled',
    severity: 'warning',
    at: ['answer.ts', 'generateText({'],
    add: 'experimental_telemetry: { isEnabled: true }',
    files: {
      ...onSdk6,
      'answer.ts': changed(
        changed(onSdk6['answer.ts'], 'isEnabled: true', 'isEnabled: false'),
        'prompt,',
        '...({ prompt } as object as { prompt: string }),',
      ),
    },
    packages: aiSdk(6),
    mended: onSdk6,
  },
  {
    what: 'registerTelemetry is imported, and not called',
    id: 'no-integration',
    severity: 'error',
    at: ['answer.ts', 'generateText({'],
    add: 'registerTelemetry(',
    files: { ...sound, 'integration.ts': integration.replace(/^registerTelemetry\(.*\n/m, '') },
    packages: aiSdk(7),
    mended: sound,
  },
  ...[
    "import { expressAttribution } from 'costspan/middleware'",
    "import { withAttribution } from 'costspan'",
    "import { withAttribution as paidBy } from 'costspan'",
    "const { withAttribution } = require('costspan')",
  ].map((line): Case => ({
    what: `no user is named, but for a leftover: ${line}`,
    id: 'no-payer',
    severity: 'note',
    add: 'withAttribution',
    files: { ...sound, 'answer.ts': `${line}\n${withoutPayer}` },
    packages: aiSdk(7),
    mended: sound,
  })),
  {
    what: 'metadata with AI SDK 7, where nothing else names a user',
    id: 'metadata-ignored',
    severity: 'error',
    at: ['answer.ts', 'generateText({'],
    add: 'withAttribution({ userId: session.userId }',
    files: {
      ...sound,
      'answer.ts': `import { openai } from '@ai-sdk/openai'
import { generateText } from 'ai'
export const answer = (userId: string, prompt: string) =>
  generateText({ model: openai('gpt-4o'), prompt, telemetry: { metadata: { userId } } })
`,
    },
    packages: aiSdk(7),
    mended: sound,
  },
  {
    what: 'metadata with AI SDK 7, beside withAttribution',
    id: 'metadata-ignored',
    severity: 'warning',
    at: ['answer.ts', 'generateText({'],
    add: 'withAttribution({ userId: session.userId }',
    files: { ...sound, 'answer.ts': onSdk6['answer.ts'] },
    packages: aiSdk(7),
    mended: sound,
  },
  {
    what: 'no user is named, though the application knows users',
    id: 'no-payer',
    severity: 'note',
    at: ['answer.ts', 'generateText({'],
    add: 'withAttribution',
    files: {
      ...sound,
      'answer.ts': `import { openai } from '@ai-sdk/openai'
import { generateText } from 'ai'
export const answer = (userId: string, prompt: string) =>
  ({ userId, text: generateText({ model: openai('gpt-4o'), prompt }) })
`,
    },
    packages: aiSdk(7),
    mended: sound,
  },
  ...(
    [
      ["openai('gpt-foo')", ''],
      ["openai.chat('gpt-foo')", ''],
      ["mine('gpt-foo')", 'const mine = createOpenAI({ apiKey: process.env.KEY })\n'],
      ['openai(id)', "const id = 'gpt-foo'\n"],
    ] as const
  ).map(([model, more]): Case => ({
    what: `a model without a price: ${model}`,
    id: 'model-unpriced',
    severity: 'warning',
    at: ['answer.ts', model],
    add: "model: 'gpt-foo'",
    files: {
      ...sound,
      'answer.ts': changed(
        changed(call, 'import { openai }', 'import { createOpenAI, openai }'),
        "openai('gpt-4o')",
        model,
      ).replace('export', `${more}export`),
    },
    packages: aiSdk(7),
    mended: sound,
  })),
])
