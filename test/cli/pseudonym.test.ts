import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { CostSpanProcessor, withAttribution, type Charge } from 'costspan'
import { describe, expect, test } from 'vitest'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { leaf } from '../support/attributed-spans.ts'

const key = 'thirty-two random bytes, as text'

/** The command as it is built, in a process of its own. */
function run(input: string, args: string[], env: Record<string, string> = { PSEUDONYM_KEY: key }) {
  return spawnSync(process.execPath, [join(import.meta.dirname, '../../dist/cli.js'), ...args], {
    input,
    env,
    encoding: 'utf8',
  })
}

function chargedUser(userId: string): string | undefined {
  const charges: Charge[] = []
  const processor = new CostSpanProcessor({
    privacy: { pseudonymize: { key } },
    onCharge: (charge) => charges.push(charge),
  })
  const tracer = new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('ai')
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  withAttribution({ userId }, () => tracer.startSpan('call', { attributes: leaf }).end())
  return charges[0]?.attribution.userId
}

describe('costspan pseudonym', () => {
  test('makes the pseudonyms that a processor of another process writes', () => {
    const ids = ['user_1', 'alice@example.com', 'Zoë Ünïcode', ' spaced ', '42']
    const { stdout, status } = run(`${ids.join('\n')}\n`, [
      'pseudonym',
      '--key-env',
      'PSEUDONYM_KEY',
    ])
    expect(status).toBe(0)
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((row) => row.split('\t'))
    expect(rows).toEqual(ids.map((id) => [id, chargedUser(id)]))
  })

  test('leaves out empty lines, reads Windows line ends, and leaves pseudonyms as they are', () => {
    const args = ['pseudonym', '--key-env', 'PSEUDONYM_KEY']
    const [, pseudonym = ''] = run('user_1', args).stdout.trim().split('\t')
    const { stdout } = run(`\r\nuser_1\r\n\n${pseudonym}`, args)
    expect(stdout).toBe(`user_1\t${pseudonym}\n${pseudonym}\t${pseudonym}\n`)
  })

  test.each([
    ['no key', ['pseudonym'], {}, /--key-env is missing/],
    ['a variable that is not set', ['pseudonym', '--key-env', 'K'], {}, /K is not set/],
    [
      'a short key',
      ['pseudonym', '--key-env', 'K'],
      { K: 'short' },
      /`K` to be a key of 16 characters/,
    ],
    ['the key itself', ['pseudonym', '--key', key], {}, /Unknown option/],
  ])('is refused with %s', (_, args, env, message) => {
    const { stdout, stderr, status } = run('user_1\n', args, env)
    expect(status).toBe(2)
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain(key)
    expect(stdout).toBe('')
  })
})
