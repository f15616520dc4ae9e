import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const folder = join(import.meta.dirname, '../../.github/workflows')
const workflows = readdirSync(folder).map(
  (name) => [name, readFileSync(join(folder, name), 'utf8')] as const,
)

/** The jobs of a workflow, each by its name: two spaces deep below `jobs:`. */
function jobsOf(text: string): (readonly [name: string, text: string])[] {
  const jobs = text.slice(text.indexOf('\njobs:\n') + '\njobs:\n'.length)
  return jobs
    .split(/^(?= {2}\w[\w-]*:$)/m)
    .filter((part) => /^ {2}\w/.test(part))
    .map((part) => [/[\w-]+/.exec(part)?.[0] ?? '', part] as const)
}

const jobs = workflows.flatMap(([workflow, text]) =>
  jobsOf(text).map(([name, job]) => [`${workflow}: ${name}`, job] as const),
)

test('the workflows and their jobs are found', () => {
  expect(workflows.map(([name]) => name)).toEqual([
    'ci.yml',
    'newest.yml',
    'prices.yml',
    'release.yml',
  ])
  expect(jobs.map(([name]) => name)).toEqual([
    'ci.yml: checks',
    'ci.yml: suites',
    'ci.yml: node',
    'newest.yml: install',
    'prices.yml: update',
    'prices.yml: pull-request',
    'release.yml: check',
    'release.yml: pack',
    'release.yml: publish',
  ])
})

describe.each(workflows)('%s', (_, text) => {
  test('pins each action by a full commit hash, with its release beside it', () => {
    const uses = [...text.matchAll(/uses: (.*)/g)].map(([, action = '']) => action)
    expect(uses.length).toBeGreaterThan(0)
    expect(
      uses.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action)),
    ).toEqual([])
  })

  test('gives nothing to a job that does not ask for it', () => {
    expect(text).toMatch(/^permissions: \{\}$/m)
  })

  test('puts no expression into a shell', () => {
    const scripts = [...text.matchAll(/run: (?:\|\n((?: {10}.*\n?)+)|(.*))/g)].map(
      ([, block, line]) => block ?? line ?? '',
    )
    expect(scripts.length).toBeGreaterThan(0)
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([])
  })
})

describe.each(jobs)('%s', (_, job) => {
  const canWrite = /: write$/m.test(job)
  const runsOthersCode = /\bnpm (ci|install|run|test)\b|\.ci\/run|\bnpx\b|python3|node (?!-p)/.test(
    job,
  )

  test('states its permissions', () => expect(job).toMatch(/^ {4}permissions:$/m))

  test('holds no token that can write if it runs the code of others', () => {
    expect(canWrite && runsOthersCode).toBe(false)
  })

  test('leaves no token on the disk if it runs the code of others', () => {
    if (!runsOthersCode) return
    expect(job).toContain('persist-credentials: false')
  })
})

/** The steps of `.ci/run` and of GitHub's jobs are the same, so that neither promises what the other has not run. */
describe('every suite of package.json', () => {
  const { scripts } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
  ) as { scripts: Record<string, string> }
  const suites = Object.keys(scripts).filter((name) => /^test\b/.test(name))
  const run = readFileSync(join(import.meta.dirname, '../../.ci/run'), 'utf8')
  const ci = workflows.find(([name]) => name === 'ci.yml')?.[1] ?? ''

  test('there are several', () => expect(suites.length).toBeGreaterThan(6))

  test.each(suites)('%s is run by .ci/run', (name) => {
    const config = /(?<=--config )\S+/.exec(scripts[name] ?? '')?.[0]
    const own = name.replace('test:', '')
    const ways = [`npm run -s ${name} --`, `built_suite '${own}'`, `--config ${config}`]
    if (name === 'test') ways.push('npm test --')
    expect(ways.filter((way) => run.includes(way))).not.toEqual([])
  })

  test.each(suites)('%s is run by a job', (name) => {
    const ways = [`'${name}'`, `npm run ${name}\n`]
    expect(ways.filter((way) => ci.includes(way))).not.toEqual([])
  })

  test.each(['lint', 'types', 'docs:api', 'package:check', 'record', 'demo', 'prices:check'])(
    '%s is run by both',
    (name) => {
      expect(run).toContain(`npm run -s ${name}`)
      expect(ci).toContain(`npm run ${name}`)
    },
  )
})

test('only the job that publishes can ask for an id token', () => {
  const holding = jobs.filter(([, job]) => job.includes('id-token: write')).map(([name]) => name)
  expect(holding).toEqual(['release.yml: publish'])
})

test('nothing is published that CI has not passed', () => {
  const release = new Map(jobsOf(workflows.find(([name]) => name === 'release.yml')?.[1] ?? ''))
  expect(release.get('publish')).toContain('needs: pack')
  expect(release.get('pack')).toContain('needs: check')
  expect(release.get('check')).toContain('bash .ci/run')
  expect(release.get('publish')).toContain('npm publish')
  expect(release.get('publish')).toContain('--provenance')
  expect(release.get('publish')).toContain('for name in costspan costspan-doctor; do')
})
