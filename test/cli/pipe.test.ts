import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { chargeOf, ledgerFolder, lineOf } from '../support/ledger-folder.ts'

const command = join(import.meta.dirname, '../../dist/cli.js')

/** Starts the command, and closes the pipe of one of its outputs before it has started to write. */
async function runWithout(
  closed: 'stdout' | 'stderr',
  words: readonly string[],
  input = '',
): Promise<{ code: number | null; text: string }> {
  const env = { ...process.env, PSEUDONYM_KEY: 'thirty-two random bytes, as text' }
  const child = spawn(process.execPath, [command, ...words], { env })
  child.stdin.on('error', () => {}).write(input)
  // `pseudonym` ends although its input does not.
  if (words[0] !== 'pseudonym') child.stdin.end()
  child[closed].destroy()
  const [{ [0]: code }, other] = await Promise.all([
    once(child, 'exit') as Promise<[number | null]>,
    text(child[closed === 'stdout' ? 'stderr' : 'stdout']),
  ])
  return { code, text: other }
}

describe('a reader that closes an output ends the command quietly', () => {
  const ledger = ledgerFolder()

  test.each<[string, string[]]>([
    ['price', ['price', 'openai', 'gpt-5', '--input', '1000']],
    ['--help', ['--help']],
    ['--version', ['--version']],
    ['pseudonym', ['pseudonym', '--key-env', 'PSEUDONYM_KEY']],
  ])('%s', async (_, words) => {
    expect(await runWithout('stdout', words, 'user_1\n')).toEqual({ code: 0, text: '' })
  })

  test('report, whose exit code still states that lines are left out', async () => {
    const { path } = ledger
    writeFileSync(path, `${lineOf(chargeOf({ userId: 'ada' }, 'one'))}\n`)
    expect(await runWithout('stdout', ['report', path])).toEqual({ code: 0, text: '' })
    writeFileSync(path, `torn\n${lineOf(chargeOf({ userId: 'ada' }, 'one'))}\n`)
    const { code, text: errors } = await runWithout('stdout', ['report', path])
    expect(code).toBe(3)
    expect(errors).toContain(':1: the line is torn, or is not JSON')
    expect(errors).not.toContain('EPIPE')
  })

  test('report, whose remarks have no reader, still writes all of the report', async () => {
    writeFileSync(ledger.path, `torn\n${lineOf(chargeOf({ userId: 'ada' }, 'one'))}\n`)
    const { code, text: found } = await runWithout('stderr', ['report', ledger.path])
    expect(code).toBe(3)
    expect(found).toMatch(/ada +\$1\.00/)
  })

  test('an unknown model still has its exit code', async () => {
    const { code } = await runWithout('stdout', ['price', 'openai', 'gtp-5'])
    expect(code).toBe(1)
  })
})
