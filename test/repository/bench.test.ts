import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { arms } from '../../bench/arms.ts'
import { plans } from '../../bench/spans.ts'

const root = join(import.meta.dirname, '../..')

describe('the bench', () => {
  let printed = ''

  beforeAll(async () => {
    // It measures the built package.
    if (!existsSync(join(root, 'dist/index.js'))) {
      execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'src'], {
        cwd: root,
      })
    }
    const node = ['--expose-gc', '--import', 'tsx', 'bench/bench.ts', '--quick']
    printed = (await promisify(execFile)(process.execPath, node, { cwd: root })).stdout
  }, 120_000)

  test.each(arms.map(({ name }) => name))('has a row of figures for %s', (name) => {
    const row = printed.split('\n').find((line) => line.startsWith(name))
    expect(row?.match(/[+-]?[\d,.]+(?=\s|$)/g)?.length).toBeGreaterThanOrEqual(9)
  })

  test.each(Object.keys(plans))('has a row of figures for the case %s', (name) => {
    expect(printed).toMatch(new RegExp(`^${name} +[+-]?[\\d,]+`, 'm'))
  })

  test('has figures for each number of requests open at once, through the SDK and of the hooks alone', () => {
    const rows = printed.split('\n').filter((line) => line.startsWith('open at once'))
    expect(rows.map((row) => row.split(/ {2,}/).slice(1))).toEqual(
      Array.from({ length: 2 }, () => ['1', '4', '8', '64', '512', '4,096']),
    )
  })

  test('sets every target beside its figure', () => {
    expect(printed.match(/ (met|missed)$/gm)).toHaveLength(10)
  })

  test('prints a number everywhere', () => {
    expect(printed).not.toMatch(/NaN|undefined|Infinity/)
  })
})

describe('the bench of prices', () => {
  test('has a number for every library in every case', async () => {
    const node = ['--expose-gc', '--import', 'tsx', 'bench/prices.ts', '--quick']
    const { stdout } = await promisify(execFile)(process.execPath, node, { cwd: root })
    expect(stdout).not.toMatch(/NaN|undefined|Infinity/)
    for (const name of ['one model', '7 models', 'unknown ids']) {
      const row = stdout.split('\n').find((line) => line.startsWith(name))
      expect(row?.trim().split(/ {2,}/)).toHaveLength(6)
    }
  }, 60_000)
})
