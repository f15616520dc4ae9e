import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const script = join(import.meta.dirname, 'shapes-check.ts')

test('V8 stores the attributes of a call as fields once costspan has seen such calls, and costspan keeps no text of them', async () => {
  const flags = ['--expose-gc', '--allow-natives-syntax', '--import', 'tsx', script]
  const { stdout } = await promisify(execFile)(process.execPath, flags)
  expect(JSON.parse(stdout)).toEqual({ before: false, after: true, holdsPrompt: false })
}, 60_000)
