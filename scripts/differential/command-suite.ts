import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ledgerNames } from './ledger-suites.ts'
import { Random } from './random.ts'
import type { Suite } from './suite.ts'

/** A command line, and what it reads. */
interface Command {
  readonly args: readonly string[]
  readonly input?: string
}

const reportOptions = [
  ['--by', 'user'],
  ['--by', 'tenant'],
  ['--by', 'plan'],
  ['--by', 'model'],
  ['--by', 'day'],
  ['--by', 'colour'],
  ['--by=model'],
  ['--by'],
  ['--csv'],
  ['--csv=yes'],
  ['--top', '3'],
  ['--top', '1'],
  ['--top', '0'],
  ['--top', 'x'],
  ['--since', '2026-11-01'],
  ['--since', '2026-11-15T03:00Z'],
  ['--since', '2026-11-15T03:00'],
  ['--since', '2027-01-01'],
  ['--since', 'yesterday'],
  ['--since', '2026-02-30'],
  ['--sinse', '2026-11-01'],
]

const models = [
  ['openai', 'gpt-4o'],
  ['openai.responses', 'gpt-5'],
  ['anthropic.messages', 'claude-sonnet-4-5'],
  ['anthropic', 'claude-haiku-4-5-20251001'],
  ['google', 'gemini-2.5-pro'],
  ['amazon-bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
  ['deepseek', 'deepseek-v4-pro'],
  ['perplexity', 'sonar-pro'],
  ['openai', 'gpt-4oo'],
  ['openai', 'text-embedding-3-small'],
  ['openai', 'whisper-1'],
  ['nobody', 'x'],
  ['openai'],
  [],
  ['openai', 'gpt-4o', 'more'],
  ['__proto__', 'constructor'],
]

const priceOptions = [
  ['--input', '1000'],
  ['--input', '300000'],
  ['--output', '200'],
  ['--output', '-1'],
  ['--input', 'many'],
  ['--input', ''],
  ['--cache-read', '100'],
  ['--cache-write', '50'],
  ['--cache-write-1h', '50'],
  ['--audio-input', '7'],
  ['--searches', '2'],
  ['--seconds', '60'],
  ['--characters', '1000'],
  ['--tier', 'flex'],
  ['--tier', 'priority'],
  ['--tier', 'batch'],
  ['--tier', 'odd'],
  ['--region', 'us'],
  ['--region', 'xx'],
  ['--at', '2025-01-01'],
  ['--at', '2026-11-24T02:30:00Z'],
  ['--at', '2026-11-24T02:30'],
  ['--odd'],
  ['-h'],
]

const ids = 'user-1\nada@example.com\r\n\nü\n\ud83d\ude00\nuser-1\nlast'
const pseudonyms: readonly Command[] = [
  { args: ['pseudonym', '--key-env', 'DIFFERENTIAL_KEY'], input: ids },
  { args: ['pseudonym', '--key-env', 'DIFFERENTIAL_KEY'], input: '' },
  { args: ['pseudonym', '--key-env=DIFFERENTIAL_KEY'], input: `${'a'.repeat(300)}\n` },
  { args: ['pseudonym', '--key-env', 'DIFFERENTIAL_SHORT_KEY'], input: ids },
  { args: ['pseudonym', '--key-env', 'DIFFERENTIAL_NO_KEY'], input: ids },
  { args: ['pseudonym', '--key-env'] },
  { args: ['pseudonym', 'more', '--key-env', 'DIFFERENTIAL_KEY'], input: ids },
  { args: ['pseudonym'] },
  { args: ['pseudonym', '--help'] },
]

const others: readonly Command[] = [
  [],
  ['--help'],
  ['-h'],
  ['reprot'],
  ['help'],
  ['report'],
  ['report', '--help'],
  ['price', '--help'],
  ['report', 'old.ndjson', 'new.ndjson'],
  ['report', 'no-such.ndjson'],
  ['report', 'no-such.ndjson', '--csv'],
  ['report', '.'],
  ['report', 'old.ndjson/x'],
].map((args) => ({ args }))

function commandsOf(random: Random, count: number): Command[] {
  const commands: Command[] = [...pseudonyms, ...others]
  for (const ledger of ledgerNames) {
    for (const option of reportOptions) commands.push({ args: ['report', ledger, ...option] })
  }
  for (const model of models) {
    commands.push({ args: ['price', ...model, '--at', '2026-11-15'] })
  }
  for (let index = 0; index < count; index++) {
    const some = random.shuffled(priceOptions).slice(0, 1 + random.below(4))
    const at = some.flat().includes('--at') ? [] : ['--at', '2026-11-15']
    commands.push({ args: ['price', ...random.pick(models), ...some.flat(), ...at] })
    const ledger = random.pick(ledgerNames)
    const report = random.shuffled(reportOptions).slice(0, 2 + random.below(2))
    commands.push({ args: ['report', ...report.flat(), ledger] })
  }
  return commands
}

/** Command lines, right and wrong, over the ledgers that the suites before have written. */
export const commands: Suite = async (from, { scratch, seed, count }, write) => {
  const cli = join(from.folder, 'dist/cli.js')
  const env = {
    ...process.env,
    DIFFERENTIAL_KEY: 'a key of more than sixteen characters',
    DIFFERENTIAL_SHORT_KEY: 'short',
    COLUMNS: '120',
  }
  for (const { args, input = '' } of commandsOf(new Random(seed), Math.min(count / 500, 200))) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
      cwd: scratch,
      env,
      input,
      encoding: 'utf8',
    })
    const isTable = args.includes('--csv') || args[0] === 'pseudonym'
    await write(`costspan ${JSON.stringify(args)}`, {
      status,
      // The words may change, the numbers may not.
      numbers: status === 2 ? [] : [numbersOf(stdout), numbersOf(stderr)],
      table: isTable ? stdout : undefined,
      text: { stdout, stderr },
    })
  }
}

function numbersOf(text: string): string[] {
  return text.match(/-?\d[\d,.]*/g) ?? []
}
