import type { Charge } from 'costspan'
import { afterEach, expect, test, vi } from 'vitest'
import { reportFirstCall } from '../../src/diagnostics/first-call.ts'
import { Reporter } from '../../src/warnings/reporter.ts'

afterEach(() => void vi.unstubAllEnvs())

test('a reporter that fails is not taken for a runtime without a process', () => {
  vi.stubEnv('NODE_ENV', 'development')
  const reporter = new Reporter()
  vi.spyOn(reporter, 'warn').mockImplementation(() => {
    throw new Error('broken')
  })
  expect(() => reportFirstCall(reporter, {} as Charge)).toThrow('broken')
})
