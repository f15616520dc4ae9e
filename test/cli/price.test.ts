import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { priceCommand } from '../../src/cli/price-command.ts'

function run(line: string): { code: number; text: string; errors: string } {
  let text = ''
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const code = priceCommand(line.split(' ').filter(Boolean), (part) => (text += part))
  const errors = stderr.mock.calls.join('')
  stderr.mockRestore()
  return { code, text, errors }
}

describe('costspan price', () => {
  test('shows what a usage costs, line by line, and the sum', () => {
    const { code, text } = run(
      'openai gpt-5 --input 10000 --cache-read 8000 --output 500 --at 2026-11-15',
    )
    expect(code).toBe(0)
    const rows = text.split('\n').map((row) => row.trim().split(/ {2,}/))
    expect(rows).toContainEqual(['input', '2,000', '1.25 / 1M', '0.00250'])
    expect(rows).toContainEqual(['cache read', '8,000', '0.125 / 1M', '0.00100'])
    expect(rows).toContainEqual(['output', '500', '10 / 1M', '0.00500'])
    expect(rows).toContainEqual(['0.00850'])
    expect(text).toContain('from the catalog 20')
  })

  test('prints the id by which the model is listed', () => {
    const { text } = run('openai.responses gpt-5-2031-01-31')
    expect(text).toContain('openai.responses gpt-5-2031-01-31, listed as openai gpt-5, on ')
  })

  test('charges a long prompt at the rates of one, and a tier at its own', () => {
    const long = run('google gemini-2.5-pro --input 250000 --output 1000 --at 2026-11-15').text
    expect(long).toMatch(/input +250,000 +2\.5 \/ 1M +0\.62500?\b/)
    const flex = run('openai gpt-5 --input 1000 --tier FLEX --at 2026-11-15').text
    expect(flex).toMatch(/input +1,000 +0\.625 \/ 1M/)
  })

  test('charges by the hour where a model has hours', () => {
    const at = (time: string) => run(`deepseek deepseek-v4-pro --input 1000000 --at ${time}`).text
    const rate = (text: string) => /input +1,000,000 +(\S+)/.exec(text)?.[1]
    expect(rate(at('2026-08-25T02:30:00Z'))).toBe('1.32')
    expect(rate(at('2026-08-25T12:00:00Z'))).toBe('0.66')
  })

  test.each([
    ['an unknown model, with the nearest known ones', 'openai gtp-5', 1, '  gpt-5\n'],
    ['an unknown provider, with all there are', 'acme gpt-5', 1, 'which has anthropic, aws'],
    ['a tier without a price', 'openai gpt-5 --tier gold', 1, 'such a call is unpriced'],
    [
      'a part that is more than the whole',
      'openai gpt-5 --input 1 --cache-read 2',
      2,
      '--input is',
    ],
    ['a count that is none', 'openai gpt-5 --input many', 2, '--input takes a number'],
    ['a count below 0', 'openai gpt-5 --input=-1', 2, '--input takes a number'],
    ['a date that is none', 'openai gpt-5 --at noon', 2, '--at takes a date'],
    ['a day that does not exist', 'openai gpt-5 --at 2026-02-30', 2, 'a day that does not exist'],
    ['a time without a zone', 'openai gpt-5 --at 2026-11-01T00:00', 2, 'has no time zone'],
    ['an unknown option', 'openai gpt-5 --tokens 3', 2, "Unknown option '--tokens'"],
    ['no model', 'openai', 2, 'costspan price <provider> <model>'],
    ['a wish for help', '--help', 0, 'costspan price <provider> <model>'],
    [
      'a rate that the card lacks',
      'openai text-embedding-3-small --output 5',
      0,
      'no rate for output',
    ],
  ])('answers %s', (_, line, code, part) => {
    const answer = run(line)
    expect(answer.code).toBe(code)
    // What was asked wrongly goes to the standard error alone: the output may be on its way into a file.
    expect(code === 2 ? answer.errors : answer.text).toContain(part)
    expect(code === 2 ? answer.text : answer.errors).toBe('')
  })

  test('writes no control characters of an id', () => {
    const { text } = run('openai x\u001b[31m')
    // oxlint-disable-next-line no-control-regex -- that is what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
  })
})

describe('the command that is published', () => {
  const root = join(import.meta.dirname, '../..')
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    bin: { costspan: string }
  }
  const command = join(root, bin.costspan)

  test('prices', () => {
    const args = [command, 'price', 'openai', 'gpt-4o', '--input', '1000', '--output', '100']
    expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toContain('0.0035')
  })

  test('prints its help', () => {
    const { status, stderr } = spawnSync(process.execPath, [command], { encoding: 'utf8' })
    expect(status).toBe(2)
    expect(stderr).toContain('costspan price <provider> <model>')
  })
})
