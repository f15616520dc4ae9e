import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { nameOf, repository, withoutPins } from './commands.ts'

const execute = promisify(execFile)

/** Lifts the pins: the newest Node, the newest package managers, and `withoutPins` of the packages. */
export const isNewest = process.env['INSTALL_NEWEST'] === '1'

export type NodeVersion = '20' | '22' | '24' | 'latest'
export const nodeVersions: readonly NodeVersion[] = [
  '20',
  '22',
  '24',
  ...(isNewest ? (['latest'] as const) : []),
]

export const managers = ['npm 10', 'npm 11', 'pnpm', 'Bun'] as const
export type Manager = (typeof managers)[number]

const TOOLS: Record<Manager, string> = {
  'npm 10': 'npm@10',
  'npm 11': isNewest ? 'npm@latest' : 'npm@11',
  pnpm: isNewest ? 'pnpm@latest' : 'pnpm@12',
  Bun: isNewest ? 'bun@latest' : 'bun@1.4',
}

export interface Tools {
  /**
   * Installs packages into a folder, as the manager does for a user of that Node. Answers with the flags that were
   * needed besides: pnpm ends with an error where a package has a build script that is not allowed.
   */
  install(
    manager: Manager,
    node: NodeVersion,
    folder: string,
    words: readonly string[],
  ): Promise<readonly string[]>
  node(version: NodeVersion): string
  satisfies(version: string, range: string): boolean
}

/** The packages of this repository, by the folder of each: they are packed, and installed from that. */
const ownPackages = { costspan: '.', 'costspan-doctor': 'packages/doctor' } as const

/** Packs costspan and its doctor, and installs each Node and each package manager by npm, in a folder each. */
export async function installTools(
  root: string,
  nodes: readonly NodeVersion[] = nodeVersions,
  chosen: readonly Manager[] = managers,
): Promise<Tools> {
  const folderOf = (name: string): string => join(root, name.replace(/\W/g, '-'))
  const packages = [
    ...nodes.map((version) => `node@${version}`),
    ...chosen.map((manager) => TOOLS[manager]),
  ]
  await Promise.all(
    packages.map(async (name) => {
      const folder = folderOf(name)
      mkdirSync(folder)
      await execute('npm', ['install', '--silent', '--prefix', folder, name], {
        cwd: root,
        env: environment(),
      })
    }),
  )
  const packed = join(root, 'packed')
  mkdirSync(packed)
  const tarballs = new Map<string, string>()
  for (const [name, folder] of Object.entries(ownPackages)) {
    const home = join(repository, folder)
    await run('npm', ['pack', '--silent', '--pack-destination', packed], home)
    const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
      version: string
    }
    tarballs.set(name, join(packed, `${name}-${manifest.version}.tgz`))
  }

  const modules = (name: string): string => join(folderOf(name), 'node_modules')
  const node = (wanted: NodeVersion): string => join(modules(`node@${wanted}`), 'node/bin/node')
  const npmFolder = join(modules(TOOLS['npm 10']), 'npm')
  const semver = createRequire(join(npmFolder, 'package.json'))('semver') as {
    satisfies(version: string, range: string): boolean
  }
  const caches = {
    npm_config_store_dir: join(root, 'pnpm-store'),
    BUN_INSTALL_CACHE_DIR: join(root, 'bun-cache'),
  }

  async function install(
    manager: Manager,
    version: NodeVersion,
    folder: string,
    words: readonly string[],
  ): Promise<readonly string[]> {
    const bin = join(modules(TOOLS[manager]), '.bin')
    const path = [join(node(version), '..'), bin, process.env['PATH']].join(delimiter)
    const [program, verb] =
      manager === 'pnpm' ? ['pnpm', 'add'] : manager === 'Bun' ? ['bun', 'add'] : ['npm', 'install']
    const wanted = isNewest ? withoutPins(words) : words
    const spelled = wanted.map((word) => tarballs.get(word) ?? word)
    const add = (flags: readonly string[]): Promise<string> =>
      run(join(bin, program), [verb, ...flags, ...spelled], folder, { PATH: path, ...caches })
    try {
      await add([])
      return []
    } catch (error) {
      const [, named = ''] = /Ignored build scripts: (.*)/.exec(String(error)) ?? []
      const flags = named.split(', ').map((name) => `--allow-build=${nameOf(name.trim())}`)
      if (named === '') throw error
      await add(flags)
      return flags
    }
  }
  return { install, node, satisfies: (one, range) => semver.satisfies(one, range) }
}

/**
 * The environment of a user's shell, with the registry that npm is set up for: pnpm and Bun do not read each of npm's
 * files. Without what `npm run` and vitest add, which would steer the npm that is tested.
 */
export function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_(package|lifecycle|execpath|node_execpath|command)|npm_config_(local|global)?_?prefix|NODE_ENV$|NODE_OPTIONS$|VITEST|INIT_CWD$|CI$)/.test(
        name,
      ),
  )
  const configured = (name: string): string =>
    execFileSync('npm', ['config', 'get', name], { encoding: 'utf8', cwd: repository }).trim()
  fromNpm ??= { registry: configured('registry'), cafile: configured('cafile') }
  const { registry, cafile } = fromNpm
  const certificates = cafile === 'null' || cafile === '' ? {} : { npm_config_cafile: cafile }
  return {
    ...(cafile !== 'null' && cafile !== '' && { NODE_EXTRA_CA_CERTS: cafile }),
    ...Object.fromEntries(kept),
    ...certificates,
    npm_config_registry: registry,
    BUN_CONFIG_REGISTRY: registry,
    npm_config_update_notifier: 'false',
    NO_COLOR: '1',
  }
}
let fromNpm: { registry: string; cafile: string } | undefined

/** Fails with what the command printed. */
export async function run(
  program: string,
  words: readonly string[],
  folder: string,
  added: Readonly<Record<string, string>> = {},
): Promise<string> {
  try {
    const { stdout, stderr } = await execute(program, [...words], {
      cwd: folder,
      env: { ...environment(), ...added },
      maxBuffer: 64 * 1024 * 1024,
    })
    return stdout + stderr
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    const output = `${stdout}${stderr}`.slice(-4_000) || String(error)
    throw new Error(`${program} ${words.join(' ')} failed\n${output}`, { cause: error })
  }
}
