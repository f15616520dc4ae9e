import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EXAMPLE, shippedQuery } from './collector.ts'

test.each([
  ['clickhouse.md', '.sql', 'sql'],
  ['prometheus.md', '.promql', 'promql'],
])('docs/backends/%s shows the shipped queries', (page, ending, language) => {
  const text = readFileSync(join(EXAMPLE, '../../docs/backends', page), 'utf8')
  const queries = readdirSync(join(EXAMPLE, 'queries')).filter((name) => name.endsWith(ending))
  expect(queries.length).toBeGreaterThan(2)
  const shown = (query: string): boolean =>
    text.includes(`\n\`\`\`${language}\n${shippedQuery(query)}\`\`\`\n`)
  expect(queries.filter((query) => !shown(query))).toEqual([])
})
