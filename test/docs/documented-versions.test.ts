import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/guide/other-processors.md'), 'utf8')
const named = [...page.matchAll(/^\| `([^`]+)` (\d+\.\d+\.\d+)/gm)].map(
  ([, name = '', version = '']) => ({ name, version }),
)

const live = join(root, 'test/real-backends')
/** What `npm run test:backends` installs, such as `langsmith@0.12.0`. */
const pins = readdirSync(live)
  .filter((file) => /^neighbours-.*\.test\.ts$/.test(file))
  .map((file) => readFileSync(join(live, file), 'utf8'))
  .join('\n')

test('docs/guide/other-processors.md names six neighbours', () => {
  expect(new Set(named.map(({ name }) => name)).size).toBe(6)
})

test.each(named)(
  '$name $version of docs/guide/other-processors.md is what is tested',
  ({ name, version }) => {
    const manifest = join(root, 'node_modules', name, 'package.json')
    if (existsSync(manifest)) {
      const installed = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
      expect(version).toBe(installed.version)
    } else {
      expect(pins).toContain(`'${name}@${version}'`)
    }
  },
)
