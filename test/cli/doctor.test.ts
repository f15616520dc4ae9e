import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, afterEach, describe, expect, test } from 'vitest'
import { writeFileSync } from 'node:fs'

const root = join(import.meta.dirname, '../..')
const dist = join(root, 'dist')
const scripts = readdirSync(dist).filter((name) => name.endsWith('.js'))

/** A package of that name that answers with its own line and its own exit code. */
function writeDoctor(folder: string, answer: string): void {
  const home = join(folder, 'node_modules/costspan-doctor')
  mkdirSync(home, { recursive: true })
  writeFileSync(
    join(home, 'package.json'),
    JSON.stringify({
      name: 'costspan-doctor',
      version: '9.0.0',
      type: 'module',
      exports: { './command': { default: './command.js' } },
    }),
  )
  writeFileSync(
    join(home, 'command.js'),
    `export async function doctorCommand(args, write) { write('${answer} ' + args.join(' ') + '\\n'); return 1 }\n`,
  )
}

describe('costspan doctor, with costspan as a package of its own', () => {
  // Built once: a copy, since Node resolves from where a link leads.
  const base = mkdtempSync(join(tmpdir(), 'costspan-cli-'))
  const installed = join(base, 'home/node_modules/costspan')
  const api = join(base, 'home/node_modules/@opentelemetry/api')
  mkdirSync(dirname(api), { recursive: true })
  symlinkSync(join(root, 'node_modules/@opentelemetry/api'), api)
  for (const name of scripts) cpSync(join(dist, name), join(installed, 'dist', name))
  writeFileSync(join(installed, 'package.json'), readFileSync(join(root, 'package.json')))
  afterAll(() => rmSync(base, { recursive: true, force: true }))

  const project = join(base, 'project')
  beforeEach(() => mkdirSync(project))
  afterEach(() => {
    rmSync(project, { recursive: true })
    rmSync(join(base, 'home/node_modules/costspan-doctor'), { recursive: true, force: true })
  })

  function doctor(...words: string[]) {
    const command = [join(installed, 'dist/cli.js'), 'doctor', ...words]
    return spawnSync(process.execPath, command, { encoding: 'utf8', cwd: project })
  }

  test.each([[[]], [['--help']], [['.', '--json']]])(
    'names the package to install where it is missing, in one line, and exits with 3: %j',
    (words) => {
      const { status, stdout, stderr } = doctor(...words)
      expect([status, stdout]).toEqual([3, ''])
      expect(stderr).toBe(
        'costspan doctor needs the package costspan-doctor: npm install --save-dev costspan-doctor\n',
      )
    },
  )

  test('hands its arguments to the package of the working directory, and takes its exit code', () => {
    writeDoctor(project, 'of the project')
    writeDoctor(join(base, 'home'), 'beside costspan')
    const { status, stdout, stderr } = doctor('apps/web', '--json')
    expect([status, stdout, stderr]).toEqual([1, 'of the project apps/web --json\n', ''])
  })

  test('finds the package in a folder above the working directory', () => {
    writeDoctor(base, 'further up')
    const { stdout } = doctor('x')
    rmSync(join(base, 'node_modules'), { recursive: true })
    expect(stdout).toBe('further up x\n')
  })

  test('or else uses the one that is installed beside costspan', () => {
    writeDoctor(join(base, 'home'), 'beside costspan')
    expect(doctor('x').stdout).toBe('beside costspan x\n')
  })

  test('exits with 2 if the package cannot be loaded', () => {
    writeDoctor(project, 'broken')
    const command = join(project, 'node_modules/costspan-doctor/command.js')
    writeFileSync(command, "import { missing } from 'node:path'\nmissing()\n")
    const { status, stdout, stderr } = doctor('x')
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^costspan-doctor cannot be loaded: .*missing.*\n$/)
  })

  // A package of the folder that is diagnosed is data: only what the user works in, or installed, is run.
  test('does not run a package of the directory that it is to look at', () => {
    writeDoctor(join(project, 'other'), 'of the diagnosed project')
    expect(doctor('other').status).toBe(3)
  })
})

test('the core holds no parser, and docs/reference/doctor.md has the exit codes', () => {
  for (const name of scripts) {
    expect([name, readFileSync(join(dist, name), 'utf8').includes('decorators-legacy')]).toEqual([
      name,
      false,
    ])
  }
  expect(readFileSync(join(dist, 'cli.js'), 'utf8').length).toBeLessThan(60_000)
  expect(readFileSync(join(root, 'docs/reference/doctor.md'), 'utf8')).toContain(
    '3 if `costspan-doctor` is not installed',
  )
})
