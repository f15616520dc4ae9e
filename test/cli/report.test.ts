import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCharger, type Attribution, type Charge } from 'costspan'
import { openLedger } from 'costspan/ledger'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plainSpan } from '../support/plain-span.ts'
import { leaf, prices, usage } from '../support/sdk-2.ts'

const folder = mkdtempSync(join(tmpdir(), 'costspan-report-'))
const path = join(folder, 'ledger.ndjson')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The command as it is built, in a process of its own. */
function costspan(...words: string[]) {
  const command = [join(import.meta.dirname, '../../dist/cli.js'), ...words]
  return spawnSync(process.execPath, command, { encoding: 'utf8' })
}

function report(...words: string[]) {
  return costspan('report', ...words)
}

/** The path of a ledger that has these charges. */
async function ledgerOf(name: string, charges: readonly Charge[]): Promise<string> {
  const ledger = openLedger(join(folder, name))
  for (const charge of charges) ledger.record(charge)
  await ledger.close()
  return join(folder, name)
}

const charger = createCharger({ prices })
let count = 0
/** One US dollar, unless the cost is unknown. */
function charged(
  attribution: Attribution,
  attributes: object = { ...leaf, ...usage },
  at = '2026-11-15',
): Charge {
  const startTime = [Date.parse(at) / 1000, 0] as const
  const spanId = String(count++)
  const isRefused = 'http.response.status_code' in attributes
  const span = plainSpan(
    { ...attributes },
    {
      startTime,
      status: { code: isRefused ? 2 : 0 },
      spanContext: () => ({ traceId: 't', spanId }),
    },
  )
  const charge = charger(span, attribution)
  if (charge === undefined) throw new Error('no call')
  return charge
}

function chargeOf(userId: string | undefined, plan: string, more: object = {}, at?: string) {
  return charged({ userId, plan, tenantId: 'acme' }, { ...leaf, ...usage, ...more }, at)
}

const unpriced = { 'ai.model.id': 'unlisted' }
/** An answer that is an error names no model and no tokens. */
const refused = { ...leaf, 'http.response.status_code': 429 }

beforeAll(async () => {
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
  await ledgerOf('ledger.ndjson', [...charges, ...charges])
})

describe('costspan report', () => {
  test('prints the spend of each user, each call once, and how many calls have an unknown cost', () => {
    const { stdout, status } = report(path)
    expect(status).toBe(0)
    expect(stdout.split('\n')).toEqual([
      'By user                 spend share           calls  unknown      tokens in          out',
      '  ada               $2.000000  40% ██▉            3        1      1,800,000    1,200,000',
      '  tom               $1.000000  20% █▌             1                 600,000      400,000',
      '  ?[31m=1+1,"x"     $1.000000  20% █▌             1                 600,000      400,000',
      '  (no user)         $1.000000  20% █▌             1                 600,000      400,000',
      '  eve                 unknown                     1        1        600,000      400,000',
      '  total             $5.000000 100% ███████        7        2      4,200,000    2,800,000',
      '',
      '2 calls have an unknown cost: they are in no sum.',
      '',
    ])
  })

  test.each([
    ['plan', ['pro', 'free']],
    ['tenant', ['acme']],
    ['model', ['m', 'unlisted']],
    ['day', ['2026-11-15', '2026-11-16']],
  ])('by %s', (by, names) => {
    const lines = report(path, '--by', by).stdout.split('\n').slice(1)
    const found = lines.slice(0, names.length).map((line) => line.trim().split(' ')[0])
    expect(new Set(found)).toEqual(new Set(names))
  })

  test('from a day on', () => {
    const { stdout } = report(path, '--since', '2026-11-16')
    expect(stdout).toMatch(/^ {2}total +\$1\.000000 +100% /m)
  })

  test('with the others in one line', () => {
    const { stdout } = report(path, '--top', '2')
    expect(stdout).toMatch(/^ {2}\(3 others\) +\$2\.000000 +40% /m)
    expect(stdout).toMatch(/^ {2}total +\$5\.000000 +100% /m)
  })

  test('as CSV, where unknown is empty and a name may hold anything', () => {
    const { stdout } = report(path, '--csv')
    expect(stdout.split('\r\n')).toEqual([
      'user,usd,inexact_usd,calls,calls_without_cost,failed_calls,input_tokens,output_tokens',
      'ada,2,0,3,1,0,1800000,1200000',
      'tom,1,0,1,0,0,600000,400000',
      `"'\\u001b[31m=1+1,""x""",1,0,1,0,0,600000,400000`,
      '(no user),1,0,1,0,0,600000,400000',
      'eve,,0,1,1,0,600000,400000',
      '',
    ])
  })

  test.each([
    [['report.ndjson', 'another'], /^expected one ledger/, 2],
    [[], /^expected one ledger/, 2],
    [['x', '--by', 'toString'], /^--by toString is not one of user, tenant, plan, model, day/, 2],
    [['x', '--since', 'yesterday'], /^--since yesterday is not a date/, 2],
    [['x', '--top', '0'], /^--top 0 is not a whole number/, 2],
    [['x', '--by', 'user', '--by', 'model'], /^--by is given more than once/, 2],
    [['none.ndjson'], /^the ledger none\.ndjson does not exist\n$/, 1],
    [['nowhere/none.ndjson'], /^the ledger nowhere\/none\.ndjson does not exist\n$/, 1],
    [[folder], /costspan-report-\w+ is a folder; expected a ledger file\n$/, 1],
  ])('refuses %j', (words, message, code) => {
    const { stderr, stdout, status } = report(...words)
    expect([stdout, status]).toEqual(['', code])
    expect(stderr).toMatch(message)
  })

  test('calls that a provider refused have a column of their own, under the requested model', async () => {
    const ledger = await ledgerOf('refused.ndjson', [
      chargeOf('ada', 'pro'),
      charged({ userId: 'ada' }, refused),
      charged({ userId: 'ada' }, { ...refused, 'ai.model.id': 'overloaded' }),
    ])
    expect(report(ledger, '--by', 'model').stdout.split('\n')).toEqual([
      'By model             spend share           calls  unknown   failed      tokens in          out',
      '  m              $1.000000 100% ███████        2                 1        600,000      400,000',
      '  overloaded     $0.000000   0%                1                 1              0            0',
      '  total          $1.000000 100% ███████        3                 2        600,000      400,000',
      '',
      '2 calls were refused by the provider, and cost nothing.',
      '',
    ])
    expect(report(ledger, '--by', 'model', '--csv').stdout).toContain('m,1,0,2,0,1,600000,400000\r')
  })

  test('speaks of one call in the singular', async () => {
    const ledger = await ledgerOf('one.ndjson', [
      chargeOf('ada', 'pro', unpriced),
      charged({ userId: 'ada' }, refused),
    ])
    expect(report(ledger).stdout.split('\n').slice(-3)).toEqual([
      '1 call has an unknown cost: it is in no sum.',
      '1 call was refused by the provider, and cost nothing.',
      '',
    ])
  })

  test('calls without a user, and calls whose user was redacted, have a line each', async () => {
    const ledger = await ledgerOf('left-out.ndjson', [
      charged({ redacted: true }),
      charged({ redacted: true }),
      charged({}),
    ])
    const { stdout } = report(ledger)
    expect(stdout).toMatch(/^ {2}\(left out: looked personal\) +\$2\.000000 /m)
    expect(stdout).toMatch(/^ {2}\(no user\) +\$1\.000000 /m)
  })

  test('a time without calls is reported, with how many are before it', async () => {
    const since = ['--since', '2026-11-17']
    expect(report(path, ...since)).toMatchObject({
      stdout: 'no calls since 2026-11-17, and 7 before it\n',
      stderr: '',
      status: 0,
    })
    const empty = await ledgerOf('empty.ndjson', [])
    expect(report(empty, ...since).stdout).toBe('no calls since 2026-11-17, and none before it\n')
    expect(report(empty)).toMatchObject({ stdout: `no calls in ${empty}\n`, status: 0 })
  })

  test('a time without calls is a heading alone as CSV', () => {
    const { stdout, stderr, status } = report(path, '--since', '2026-11-17', '--csv')
    expect(stdout).toMatch(/^user,usd,[a-z_,]+\r\n$/)
    expect(stderr).toBe('no calls since 2026-11-17, and 7 before it\n')
    expect(status).toBe(0)
  })

  test('prints its help', () => {
    expect(report('--help').stdout).toContain('--by <what>')
  })
})

describe('costspan', () => {
  test.each([
    ['bogus', /^unknown command bogus; did you mean \w+\?\n\ncostspan: what AI calls cost/],
    ['reports', /^unknown command reports; did you mean report\?\n/],
    ['Doktor', /^unknown command Doktor; did you mean doctor\?\n/],
  ])('names %s as no command, and the nearest', (name, message) => {
    const { stdout, stderr, status } = costspan(name)
    expect([stdout, status]).toEqual(['', 2])
    expect(stderr).toMatch(message)
  })

  test.each(['--version', '-v'])('prints its version on %s', (option) => {
    const { version } = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
    ) as { version: string }
    expect(costspan(option)).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' })
  })

  test('prints its commands', () => {
    expect(costspan('--help')).toMatchObject({ status: 0, stderr: '' })
    expect(costspan('--help').stdout).toMatch(/^costspan: what/)
    expect(costspan().stderr).toMatch(/^costspan: what/)
  })
})
