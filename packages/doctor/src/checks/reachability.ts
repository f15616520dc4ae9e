import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { aiCalls, costProcessors, isCostProcessor, isNextProject, setupsOf } from '../queries.ts'
import { textsAtTop } from '../files.ts'
import { asObject } from '../json.ts'
import { noFindings, type Finding, type CheckResult } from '../finding.ts'
import { nameOfModule, withoutEnding } from '../imports.ts'
import { kinds, packageOf } from '../packages.ts'
import { uses, type Project } from '../project.ts'
import type { Source } from '../module.ts'
import { stringOf } from '../syntax.ts'
import { whereElse } from './registration.ts'

/** Whether anything loads the file that sets costspan up. */
export function checkReachability(project: Project): CheckResult {
  const files = filesOfSetup(project)
  const [file] = files
  if (file === undefined || loadsByConvention(project)) return noFindings
  const entry = entryOf(project)
  if (entry === undefined || files.some((each) => isLoaded(each, project))) return noFindings
  return { findings: [toFinding(file, entry, project)] }
}

/** The files in which OpenTelemetry receives the processor, or else in which it is made. */
function filesOfSetup(project: Project): readonly Source[] {
  const receiving = setupsOf(project).filter(({ processors }) => processors?.some(isCostProcessor))
  const calls = receiving.length > 0 ? receiving.map(({ call }) => call) : costProcessors(project)
  return [...new Set(calls.map(({ source }) => source))]
}

/** Frameworks and bundlers that load files by their names, or by a configuration. */
const conventional =
  /^(@adonisjs|@analogjs|@angular|@builder\.io|@feathersjs|@nestjs|@react-router|@redwoodjs|@remix-run|@solidjs|@sveltejs|@tanstack)\/|^(@fastify\/autoload|@trigger\.dev\/sdk|astro|egg|electron|expo|gatsby|h3|meteor|moleculer|nitro|nitropack|nuxt|sails|vinxi|vite|waku)$/

function loadsByConvention(project: Project): boolean {
  const { packages, targets } = project
  if (isNextProject(project)) return false
  return targets.length > 0 || [...packages.declared.keys()].some((name) => conventional.test(name))
}

const nextFolder = /^(src\/)?(app|pages)\//
const nextEntry =
  /^(src\/)?((app|pages)\/(.*\/)?(?!instrumentation\.)|(instrumentation|middleware|proxy|server)\.)/

/** A file that certainly runs. Undefined if that is not known. */
function entryOf(project: Project): string | undefined {
  if (isNextProject(project)) {
    const isApplication = aiCalls(project).some(({ source }) => nextFolder.test(source.path))
    return isApplication ? 'instrumentation.ts' : undefined
  }
  return ['start', 'dev', 'serve']
    .flatMap((name) => scriptsOf(project)[name] ?? [])
    .filter((script) => /\b(node|tsx|bun|ts-node|nodemon)\b/.test(script))
    .flatMap((script) => script.split(/\s+/))
    .flatMap((word) => sourceOf(word, project.directory))[0]
}

function scriptsOf({ packages }: Project): Record<string, string> {
  const scripts = Object.entries(asObject(packages.manifest['scripts']) ?? {})
  return Object.fromEntries(
    scripts.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** The source of the file that a command runs, if it exists. Build output comes from `src`. */
function sourceOf(word: string, directory: string): string[] {
  if (!/\.[cm]?[jt]sx?$/.test(word) || word.includes('..') || word.startsWith('/')) return []
  const path = posix.normalize(word)
  const bare = withoutEnding(path).replace(/^(build|dist|lib|out)\//, '')
  const sources = ['src/', ''].flatMap((folder) =>
    ['.ts', '.mts', '.js', '.mjs'].map((ending) => `${folder}${bare}${ending}`),
  )
  return [path, ...sources].filter((each) => existsSync(join(directory, each))).slice(0, 1)
}

function isLoaded(file: Source, project: Project): boolean {
  if (isNextProject(project) && nextEntry.test(file.path)) return true
  const name = nameOfModule(file.path)
  const modules = modulesBeside(file, project)
  if (name === 'index' || modules.some((module) => nameOfModule(module) === name)) return true
  // Code may import the folder of an `index` as `.` or `..`.
  const isIndex = /\/index\.\w+$/.test(file.path)
  return (isIndex && modules.some((module) => /^[./]+$/.test(module))) || isStartedBy(name, project)
}

/** Whether a module may be a file of the project, unlike `instrumentation` of `@opentelemetry/instrumentation`. */
function modulesBeside(file: Source, { sources, otherImports, packages }: Project): string[] {
  return [
    ...sources.filter(({ path }) => path !== file.path).flatMap(loadedBy),
    ...otherImports.map(({ module }) => module),
  ].filter((module) => !packages.declared.has(packageOf(module)))
}

/** Whether code loads a file by its path, as a worker or a process. */
function loadedBy({ modules, nodes }: Source): string[] {
  const paths = nodes
    .filter(({ type }) => type === 'StringLiteral')
    .map(({ value }) => value as string)
    .filter((value) => /^[^\s@].*\.[cm]?[jt]sx?$/.test(value))
  return [...modules, ...paths]
}

/** Whether package.json, a Dockerfile or another file beside it loads a file: by `--import`, `--require`, or as the program. */
function isStartedBy(name: string, { directory, packages }: Project): boolean {
  const escaped = name.replaceAll(/[^\w-]/g, String.raw`\$&`)
  const named = new RegExp(`(^|[\\s"'=/])${escaped}(\\.[cm]?[jt]sx?)?($|[\\s"',;&)\\]])`, 'm')
  const running = Object.entries(packages.manifest).filter(([key]) => !describing.has(key))
  return [JSON.stringify(running), ...textsAtTop(directory)].some((text) => named.test(text))
}

const describing = new Set([...kinds, 'description', 'keywords', 'name'])

/** Whether code has an `import(path)` with a computed path. */
function loadsByPath({ sources }: Project): boolean {
  return sources.some(({ nodes }) =>
    nodes.some(
      ({ type, source }) =>
        type === 'ImportExpression' &&
        stringOf(source as Parameters<typeof stringOf>[0]) === undefined,
    ),
  )
}

function toFinding({ path }: Source, entry: string, project: Project): Finding {
  const isSure = project.isWhole && !loadsByPath(project)
  const relative = posix.relative(posix.dirname(entry), path)
  const module = relative.startsWith('.') ? relative : `./${relative}`
  return {
    id: 'set-up-not-loaded',
    severity: isSure ? 'warning' : 'note',
    file: path,
    message: `Nothing was seen that loads ${path}, where costspan is set up: then no call is charged.${project.isWhole ? '' : ` ${whereElse(project)}`}`,
    add: isNextProject(project)
      ? `export async function register() { await import('${withoutEnding(module)}') }   (instrumentation.ts)`
      : loadingLine(module, { path, entry }, project),
  }
}

/** ESM loads imports before any code of the file runs: an instrumentation that hooks them would start too late. */
function loadingLine(
  module: string,
  { path, entry }: { readonly path: string; readonly entry: string },
  project: Project,
): string {
  const isModule = project.packages.manifest['type'] === 'module' || /\.m[jt]s$/.test(entry)
  if (isModule && uses(project, hooking)) {
    return `node --import ./${path} …   (an import in ${entry} hooks no module of ESM)`
  }
  return `import '${module}'   (the first line of ${entry}), or\nnode --import ./${path} …`
}

const hooking =
  /^(@opentelemetry\/(instrumentation|auto-instrumentations-node)|@traceloop\/(instrumentation|node-server-sdk)|@arizeai\/openinference-instrumentation|@sentry\/node)/
