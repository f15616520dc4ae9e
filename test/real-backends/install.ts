import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** What a real part needs is in one temporary folder, and goes with it. */
export interface TemporaryFolder {
  readonly path: string
  remove(): void
}

export function temporaryFolder(name: string): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), `costspan-${name}-`))
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) }
}

/** A virtual environment with packages of PyPI, pinned (`name==version`). Answers with its `bin`. */
export async function installFromPyPi(
  folder: string,
  packages: readonly string[],
): Promise<string> {
  announce(packages, 'PyPI')
  const environment = join(folder, 'venv')
  await run('python3', ['-m', 'venv', environment])
  await run(join(environment, 'bin/pip'), ['install', '--quiet', ...packages])
  return join(environment, 'bin')
}

/** Packages of npm, pinned (`name@version`) or a folder. Answers with the folder of the project. */
export async function installFromNpm(folder: string, packages: readonly string[]): Promise<string> {
  announce(packages, 'npm')
  const project = join(folder, 'project')
  mkdirSync(project, { recursive: true })
  const quiet = ['--loglevel', 'error', '--no-audit', '--no-fund']
  await run('npm', ['install', ...quiet, '--prefix', project, ...packages])
  return project
}

/** The newest of Debian's packages, unpacked instead of installed. Answers with what is its `/`. */
export async function unpackFromDebian(folder: string, name: string): Promise<string> {
  announce([name], 'Debian')
  const state = join(folder, 'apt')
  mkdirSync(join(state, 'lists/partial'), { recursive: true })
  // The machine's own lists may be old or absent, and stay as they are.
  const own = ['-o', `Dir::State::lists=${join(state, 'lists')}`, '-o', 'APT::Sandbox::User=root']
  await run('apt-get', ['update', '-qq', ...own])
  await run('apt-get', ['download', '-qq', ...own, name], state)
  const file = readdirSync(state).find((entry) => entry.endsWith('.deb'))
  if (file === undefined) throw new Error(`apt-get downloaded no package ${name}`)
  const root = join(folder, name)
  await run('dpkg', ['-x', join(state, file), root])
  return root
}

function announce(packages: readonly string[], registry: string): void {
  process.stdout.write(
    `installing ${packages.join(', ')} from ${registry}, in a temporary folder\n`,
  )
}

/** Fails with what the command printed. */
export async function run(
  command: string,
  words: readonly string[],
  cwd?: string,
): Promise<string> {
  try {
    const { stdout } = await execute(command, [...words], { cwd, maxBuffer: 64 * 1024 * 1024 })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command} ${words.join(' ')} failed\n${stdout}${stderr}`, { cause: error })
  }
}
