import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCharger, type Charge } from 'costspan'
import { openLedger } from 'costspan/ledger'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plainSpan } from './support/plain-span.ts'
import { leaf, prices, usage } from './support/sdk-2.ts'

const folder = mkdtempSync(join(tmpdir(), 'costspan-report-'))
const path = join(folder, 'ledger.ndjson')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The command as it is built, in a process of its own. */
function report(...words: string[]) {
  const command = [join(import.meta.dirname, '../dist/cli.js'), 'report', ...words]
  return spawnSync(process.execPath, command, { encoding: 'utf8' })
}

const charger = createCharger({ prices })
let count = 0
function chargeOf(
  userId: string | undefined,
  plan: string,
  more: object = {},
  at = '2026-11-15',
): Charge {
  const startTime = [Date.parse(at) / 1000, 0] as const
  const spanId = String(count++)
  const span = plainSpan(
    { ...leaf, ...usage, ...more },
    { startTime, spanContext: () => ({ traceId: 't', spanId }) },
  )
  const charge = charger(span, { userId, plan, tenantId: 'acme' })
  if (charge === undefined) throw new Error('no call')
  return charge
}

const unpriced = { 'ai.model.id': 'nobody-knows' }

beforeAll(async () => {
  const ledger = openLedger(path)
  // One US dollar each, but for those that nobody knows.
  const charges = [
    chargeOf('ada', 'pro'),
    chargeOf('ada', 'pro', {}, '2026-11-16'),
    chargeOf('ada', 'pro', unpriced),
    chargeOf('tom', 'free'),
    chargeOf('eve', 'free', unpriced),
    chargeOf('\u001B[31m=1+1,"x"', 'free'),
    chargeOf(undefined, 'free'),
  ]
  // Delivered twice.
  for (const charge of [...charges, ...charges]) ledger.record(charge)
  await ledger.close()
})

describe('costspan report', () => {
  test('says who spent what, each call once, and what is not known', () => {
    const { stdout, status } = report(path)
    expect(status).toBe(0)
    expect(stdout.split('\n')).toEqual([
      'By user                         spend share           calls  unknown      tokens in          out',
      '  ada                       $2.000000  40% ██▉            3        1      1,800,000    1,200,000',
      '  tom                       $1.000000  20% █▌             1                 600,000      400,000',
      '  ?[31m=1+1,"x"             $1.000000  20% █▌             1                 600,000      400,000',
      '  (no user)                 $1.000000  20% █▌             1                 600,000      400,000',
      '  eve                         unknown                     1        1        600,000      400,000',
      '  total                     $5.000000 100% ███████        7        2      4,200,000    2,800,000',
      '',
      '2 calls cost something that nobody knows: they are in no sum.',
      '',
    ])
  })

  test.each([
    ['plan', ['pro', 'free']],
    ['tenant', ['acme']],
    ['model', ['m', 'nobody-knows']],
    ['day', ['2026-11-15', '2026-11-16']],
  ])('by %s', (by, names) => {
    const lines = report(path, '--by', by).stdout.split('\n').slice(1)
    const found = lines.slice(0, names.length).map((line) => line.trim().split(' ')[0])
    expect(new Set(found)).toEqual(new Set(names))
  })

  test('from a day on', () => {
    const { stdout } = report(path, '--since', '2026-11-16')
    expect(stdout).toContain('total                     $1.000000')
  })

  test('with the others in one line', () => {
    const { stdout } = report(path, '--top', '2')
    expect(stdout).toMatch(/^ {2}\(3 others\) +\$2\.000000 +40% /m)
    expect(stdout).toContain('total                     $5.000000')
  })

  test('as CSV, where unknown is empty and a name may hold anything', () => {
    const { stdout } = report(path, '--csv')
    expect(stdout.split('\r\n')).toEqual([
      'user,usd,inexact_usd,calls,calls_without_cost,input_tokens,output_tokens',
      'ada,2,0,3,1,1800000,1200000',
      'tom,1,0,1,0,600000,400000',
      '"\u001B[31m=1+1,""x""",1,0,1,0,600000,400000',
      '(no user),1,0,1,0,600000,400000',
      'eve,,0,1,1,600000,400000',
      '',
    ])
  })

  test.each([
    [['report.ndjson', 'another'], /^name one ledger/, 2],
    [[], /^name one ledger/, 2],
    [['x', '--by', 'toString'], /^--by toString is none of user, tenant, plan, model, day/, 2],
    [['x', '--since', 'yesterday'], /^--since yesterday is no date/, 2],
    [['x', '--top', '0'], /^--top 0 is no count/, 2],
    [[join(folder, 'none.ndjson')], /^ENOENT/, 1],
  ])('refuses %j', (words, message, code) => {
    const { stderr, stdout, status } = report(...words)
    expect([stdout, status]).toEqual(['', code])
    expect(stderr).toMatch(message)
  })

  test('tells how it is used', () => {
    expect(report('--help').stdout).toContain('--by <what>')
  })
})
