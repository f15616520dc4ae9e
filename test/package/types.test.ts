import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const compiler = join(root, 'node_modules/typescript/bin/tsc')

async function compile(project: string): Promise<string> {
  const options = ['-p', project, '--pretty', 'false']
  const compiling = promisify(execFile)(process.execPath, [compiler, ...options], { cwd: root })
  return compiling.then(
    ({ stdout }) => stdout,
    (failure: { stdout: string }) => failure.stdout,
  )
}

// The types of @vercel/otel import without extensions, which only a bundler's resolution follows.
test('the processor and the exporter fit the OTel SDK 1, 2, 3 and @vercel/otel', async () => {
  expect(await compile('test/package/types/tsconfig.json')).toBe('')
}, 60_000)

test('what is no processor does not fit @vercel/otel', async () => {
  const errors = (await compile('test/package/types/tsconfig.no-processor.json')).trim().split('\n')
  expect(errors[0]).toMatch(/^test\/package\/types\/no-processor\.ts\(4,\d+\): error TS\d+/)
}, 60_000)
