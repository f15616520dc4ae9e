import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installFromNpm } from '../real-backends/install.ts'

const execute = promisify(execFile)

export const repository = join(import.meta.dirname, '../..')

/** Packages of npm in a folder, which find the vitest of this repository. Answers with their `node_modules`. */
export async function installTools(folder: string, packages: readonly string[]): Promise<string> {
  const project = join(folder, 'project')
  mkdirSync(project)
  // A second vitest would run tests that the first one does not know.
  writeFileSync(join(project, '.npmrc'), 'legacy-peer-deps=true\n')
  await installFromNpm(folder, packages)
  const modules = join(project, 'node_modules')
  symlinkSync(join(repository, 'node_modules/vitest'), join(modules, 'vitest'))
  return modules
}

export function versionOf(modules: string, name: string): string {
  const { version } = JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')) as {
    version: string
  }
  return version
}

interface Ran {
  readonly succeeded: boolean
  readonly output: string
}

/** Runs a program to its end, in the repository unless another folder is named. */
export async function runToEnd(
  program: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const options = {
    cwd: repository,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1', ...environment },
    maxBuffer: 64 * 1024 * 1024,
  }
  try {
    const { stdout, stderr } = await execute(program, [...words], options)
    return { succeeded: true, output: stdout + stderr }
  } catch (error) {
    const { stdout = '', stderr = String(error) } = error as { stdout?: string; stderr?: string }
    return { succeeded: false, output: stdout + stderr }
  }
}

/** Runs suites by this repository's vitest on the runtime that is named. Answers with how many tests passed. */
export async function runSuites(
  runtime: readonly [program: string, ...words: string[]],
  config: string,
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<number> {
  const results = join(folder, 'results.json')
  const [program, ...words] = runtime
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`]
  const { succeeded, output } = await runToEnd(
    program,
    [...words, 'node_modules/vitest/vitest.mjs', 'run', '--config', config, ...reporters],
    { CACHE: join(folder, 'cache'), ...environment },
  )
  if (!succeeded) throw new Error(output)
  const counted = JSON.parse(readFileSync(results, 'utf8')) as Record<string, number>
  if (counted['numFailedTests'] !== 0) throw new Error(output)
  return counted['numPassedTests'] ?? 0
}
