import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCharger } from 'costspan'
import { diagnose, type Diagnosis } from 'costspan-doctor'
import { openLedger } from 'costspan/ledger'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatDiagnosis } from '../src/format-diagnosis.ts'
import { findingIds } from '../src/finding.ts'
import { plainSpan } from '../../../test/support/plain-span.ts'
import { leaf, prices, usage } from '../../../test/support/sdk-2.ts'
import {
  aiSdk,
  call,
  nextjs,
  removeProjects,
  root,
  sound,
  soundNext,
  telemetry,
  writeProject,
} from './project.ts'

afterAll(removeProjects)

/** The command as it is built, in a process of its own. */
function doctor(...words: string[]) {
  const command = [join(root, 'dist/cli.js'), 'doctor', ...words]
  return spawnSync(process.execPath, command, { encoding: 'utf8' })
}

const good = writeProject(sound, aiSdk(7))
const bad = writeProject({ 'telemetry.ts': telemetry, 'a.ts': call, 'b.ts': call }, aiSdk(6))

describe('costspan doctor', () => {
  test('exits with 0 if nothing is wrong, and lists what it examined and what is right', () => {
    const { status, stdout, stderr } = doctor(good)
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^Looked at costspan \d\S*, AI SDK 7\.\d+\.\d+,.*OpenTelemetry SDK 2\./)
    expect(stdout).toContain('Fine\n  CostSpanProcessor is set up (telemetry.ts:')
    expect(stdout).toContain('Nothing of what docs/reference/doctor.md lists was found.')
    expect(stdout).not.toContain('\u001B')
  })

  test('exits with 1 if something is wrong, and prints a finding once for all its places', () => {
    const { status, stdout } = doctor(bad)
    expect(status).toBe(1)
    expect(stdout).toContain('2 errors\n')
    expect(stdout.match(/experimental_telemetry: \{ isEnabled: true/g)).toHaveLength(1)
    expect(stdout).toContain('call-without-telemetry  a.ts:6, b.ts:6\n')
  })

  test('prints as JSON what diagnose() returns', async () => {
    const { status, stdout } = doctor(bad, '--json')
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toEqual(
      JSON.parse(JSON.stringify(await diagnose({ directory: bad }))),
    )
  })

  test('examines the working directory unless the arguments name another', () => {
    const command = [join(root, 'dist/cli.js'), 'doctor']
    const { status, stdout } = spawnSync(process.execPath, command, { encoding: 'utf8', cwd: bad })
    expect(status).toBe(1)
    expect(stdout).toContain('a.ts:6')
  })

  test.each([
    [['--nonsense'], 'nonsense'],
    [['a', 'b'], 'name one directory'],
    [[join(good, 'nowhere')], 'ENOENT'],
    [[good, '--ledger', join(good, 'none.ndjson')], 'ENOENT'],
  ])('exits with 2 for the arguments %j', (words, expected) => {
    const { status, stdout, stderr } = doctor(...words)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(expected)
  })

  test('prints its help', () => {
    const { status, stdout } = doctor('--help')
    expect([status, stdout.split('\n')[0]]).toEqual([0, 'costspan doctor [directory] [options]'])
  })
})

describe('the text', () => {
  const diagnosis: Diagnosis = {
    directory: '/app',
    packages: [{ name: 'AI SDK', version: '7.0.173' }],
    files: 1,
    findings: Array.from({ length: 8 }, (_, index) => ({
      id: 'model-unpriced' as const,
      severity: 'warning' as const,
      file: `a\u001B[31m${index}.ts`,
      line: index + 1,
      message: 'No cost.',
      add: 'first\nsecond',
    })),
    fine: ['all'],
  }

  test('has colours only where they are asked for', () => {
    expect(formatDiagnosis(diagnosis, true)).toContain('\u001B[33m8 warnings\u001B[39m')
    expect(formatDiagnosis(diagnosis, false)).not.toContain('\u001B')
  })

  test('does not let a terminal obey the name of a file', () => {
    expect(formatDiagnosis(diagnosis, true)).toContain('a?[31m0.ts:1')
  })

  test('names five places of a finding, and how many more', () => {
    expect(formatDiagnosis(diagnosis, false)).toBe(`Looked at AI SDK 7.0.173
1 file of /app

8 warnings

  model-unpriced  a?[31m0.ts:1, a?[31m1.ts:2, a?[31m2.ts:3, a?[31m3.ts:4, a?[31m4.ts:5, and 3 more
    No cost.
    Add: first
         second

Fine
  all
`)
  })
})

describe('a ledger', () => {
  const path = join(writeProject({}), 'ledger.ndjson')
  const several = join(writeProject({}), 'ledger.ndjson')
  const priced = join(writeProject({}), 'ledger.ndjson')
  const charger = createCharger({ prices })

  async function write(to: string, all: object[]): Promise<void> {
    const ledger = openLedger(to)
    all.forEach((attributes, index) => {
      const spanId = String(index)
      const span = plainSpan(attributes as never, { spanContext: () => ({ traceId: 't', spanId }) })
      const charge = charger(span, { userId: 'ada' })
      if (charge === undefined) throw new Error('no call')
      ledger.record(charge)
    })
    await ledger.close()
  }

  beforeAll(async () => {
    const known = { ...leaf, ...usage }
    await write(priced, [known, known])
    await write(path, [
      known,
      { ...known, 'ai.model.id': 'gpt-foo' },
      { ...known, 'ai.model.id': 'gpt-foo' },
      { ...known, 'ai.model.id': 'gpt-\u001B[31mbar' },
      leaf,
    ])
  })

  test('with calls that have no cost is reported by model', async () => {
    const { findings } = await diagnose({ directory: good, ledger: path })
    const messages = findings.map(({ id, severity, message }) => `${severity} ${id}: ${message}`)
    expect(messages).toEqual([
      expect.stringContaining('warning ledger-unpriced: 2 calls of "gpt-foo" of "openai'),
      expect.stringContaining('warning ledger-unpriced: 1 call of "gpt-[31mbar" of "openai'),
      expect.stringContaining('warning ledger-unknown-usage: 1 call of 5 in the ledger'),
    ])
    expect(doctor(good, '--ledger', path).stdout).toContain('2 calls of "gpt-foo"')
  })

  test('is reported in the singular or the plural', async () => {
    const { findings } = await diagnose({ directory: good, ledger: path })
    const text = findings.map(({ message }) => message).join('\n')
    expect(text).toMatch(/2 calls of "gpt-foo" .* carry no cost/)
    expect(text).toMatch(/1 call of "gpt-.*bar" .* carries no cost/)
    expect(text).toContain('1 call of 5 in the ledger ended without usage: it was billed perhaps')
    await write(several, [leaf, leaf])
    const both = await diagnose({ directory: good, ledger: several })
    expect(both.findings[0]?.message).toContain(
      '2 calls of 2 in the ledger ended without usage: they were billed perhaps',
    )
  })

  test.each([
    ['of Next.js', unreadNext, nextjs, 'after(async () => answer.consumeStream())'],
    ['on the plain SDK', sound, aiSdk(7), 'void answer.consumeStream()   (beside answer.pipeText'],
  ])(
    'of a project %s names how that reads streams to their end',
    async (_, files, packages, add) => {
      const { findings } = await diagnose({
        directory: writeProject(files, packages),
        ledger: path,
      })
      const found = findings.find(({ id }) => id === 'ledger-unknown-usage')
      expect(found?.add).toContain(add)
      expect(found?.add.includes('after(')).toBe(files === unreadNext)
    },
  )

  test('in which all have one is fine', async () => {
    const { findings, fine } = await diagnose({ directory: good, ledger: priced })
    expect(findings).toEqual([])
    expect(fine).toContain('all 2 calls of the ledger have a cost')
  })
})

/** The route of Next.js without the line that reads its stream. */
const unreadNext = {
  ...soundNext,
  'app/api/chat/route.ts': (soundNext['app/api/chat/route.ts'] ?? '').replace(
    '    after(async () => result.consumeStream())\n',
    '',
  ),
}

describe('docs/reference/doctor.md', () => {
  const page = readFileSync(join(root, 'docs/reference/doctor.md'), 'utf8')

  test('explains every kind of finding, in the order of the code, and no other', () => {
    const explained = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, id]) => id)
    expect(explained).toEqual([...findingIds])
  })

  test('every kind is found by some check', () => {
    const tested = [
      'ai-sdk',
      'command',
      'delivery',
      'loading',
      'packages',
      'registration',
      'sampling',
    ]
      .concat(['raw-clients', 'streams', 'edge', 'personal-ids'].map((name) => name))
      .map((name) => readFileSync(join(import.meta.dirname, `${name}.test.ts`), 'utf8'))
      .join()
    expect(findingIds.filter((id) => !tested.includes(id))).toEqual([])
  })
})
