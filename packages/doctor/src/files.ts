import { readdirSync, readFileSync, statSync, type Dirent } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** The most files and folders that are read: the directory may be a whole disk. */
const MOST_FILES = 20_000
const MOST_FOLDERS = 20_000
/** The most characters of one source. A longer one was not written by hand. */
const LONGEST_SOURCE = 500_000
/** The most bytes of any other file. */
const LONGEST_FILE = 30_000_000

/** Folders of third parties, of build output, and of code that does not run in production. */
const skippedFolders = new Set([
  '__fixtures__',
  '__mocks__',
  '__tests__',
  'bower_components',
  'build',
  'coverage',
  'cypress',
  'dist',
  'e2e',
  'fixtures',
  'node_modules',
  'out',
  'test',
  'tests',
  'vendor',
])
const sourceName = /\.[cm]?[jt]sx?$/
const skippedNames = /\.(test|spec|stories|cy|bench|min)\.[cm]?[jt]sx?$/

export interface Found {
  /** Relative to the directory, with `/`; sorted. */
  readonly sources: readonly string[]
  /** Folders with a package.json of their own that depends on something. */
  readonly projects: readonly string[]
  /** Whether the search reached its bound before its end. */
  readonly isCut: boolean
}

/** The sources of a project. Links are not followed, so that no file is read twice or from outside the project. */
export function findSources(directory: string): Found {
  const sources: string[] = []
  const projects: string[] = []
  const waiting = [directory]
  let folders = 0
  let isCut = false
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    if (folders++ >= MOST_FOLDERS || sources.length >= MOST_FILES) {
      isCut = true
      break
    }
    const entries = entriesOf(folder)
    if (folder !== directory && entries.some(({ name }) => name === 'package.json')) {
      if (isProject(join(folder, 'package.json'))) {
        projects.push(posix(relative(directory, folder)))
        continue
      }
    }
    for (const entry of entries) {
      const { name } = entry
      if (entry.isDirectory() && !name.startsWith('.') && !skippedFolders.has(name)) {
        waiting.push(join(folder, name))
      }
      if (entry.isFile() && isSourceName(name) && !skippedNames.test(name)) {
        sources.push(posix(relative(directory, join(folder, name))))
      }
    }
  }
  return { sources: sources.toSorted(), projects: projects.toSorted(), isCut }
}

/** Files such as a Dockerfile, a Procfile and `ecosystem.config.js`, which name what is run. */
const LONGEST_CONFIGURATION = 100_000

const MOST_CONFIGURATIONS = 100

/** The texts of the files beside package.json, without documentation and lockfiles. */
export function textsAtTop(directory: string): readonly string[] {
  return entriesOf(directory)
    .filter(
      (entry) => entry.isFile() && !/^package\.json$|lock|\.(md|[cm]?[jt]sx?)$/i.test(entry.name),
    )
    .concat(entriesOf(directory).filter(({ name }) => /\.config\.[cm]?[jt]s$/.test(name)))
    .slice(-MOST_CONFIGURATIONS)
    .map(({ name }) => readText(join(directory, name), LONGEST_CONFIGURATION) ?? '')
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

/** Type declarations do not run. */
export function isSourceName(path: string): boolean {
  return sourceName.test(path) && !/\.d\.[cm]?ts$/.test(path)
}

/** A package.json with only `"type": "module"` makes no project. */
function isProject(path: string): boolean {
  return /"(dependencies|devDependencies|peerDependencies)"/.test(readText(path) ?? '')
}

/** The text of a regular file that is not too long, if it can be read. */
export function readText(path: string, longest = LONGEST_FILE): string | undefined {
  try {
    const stat = statSync(path)
    return stat.isFile() && stat.size <= longest ? readFileSync(path, 'utf8') : undefined
  } catch {
    return undefined
  }
}

export function readSourceText(path: string): string | undefined {
  return readText(path, LONGEST_SOURCE)
}

function posix(path: string): string {
  return path.split(sep).join('/')
}
