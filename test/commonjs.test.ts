import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test('a CommonJS application requires the built package', () => {
  const program = `
    const { CostSpanProcessor, createCharger, catalog } = require('costspan')
    const found = catalog.find({ family: 'openai', model: 'gpt-4o-2024-08-06', at: 0 })
    process.stdout.write(typeof new CostSpanProcessor().onEnding + typeof createCharger() + found.input)
  `
  const root = join(import.meta.dirname, '..')
  const run = execFileSync(process.execPath, ['--input-type=commonjs', '-e', program], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(run).toBe('functionfunction2.5')
})
