import { join } from 'node:path'
import { readSourceText } from './files.ts'
import { followImports, loadedByScripts, type Loading, type Place } from './imported-files.ts'
import { nameOfModule } from './imports.ts'
import { readSource, type Source } from './source.ts'

/** What a file loads that was not taken apart. */
export interface OtherImport {
  readonly path: string
  readonly module: string
}

interface Sources {
  readonly sources: readonly Source[]
  readonly otherImports: readonly OtherImport[]
  readonly unread: readonly string[]
  /** Modules of the project that were not looked at, because a link leads there. */
  readonly linked: readonly string[]
}

/** Of all sources that are kept; a syntax tree takes a hundred times the memory of its text. */
const MOST_CHARACTERS = 8_000_000

/** What a file says that can matter here; others are not taken apart. */
const relevant =
  /\bai\b|@ai-sdk|costspan|opentelemetry|otel\b|sentry|SIGTERM|forceFlush|consumeStream|\bruntime\b|aws-lambda/i

/**
 * The files of a project that matter: those that say so, and those that import them. What is loaded from a folder that
 * is not looked through is read like the others.
 */
export function readSources(paths: readonly string[], place: Place): Sources {
  const { directory } = place
  const sources: Source[] = []
  const unread: string[] = []
  const linked = new Set<string>()
  const known = new Set(paths)
  const others = new Map<string, readonly string[]>()
  let characters = 0

  function read(path: string, text: string | undefined): Source | undefined {
    characters += text?.length ?? 0
    const source =
      text === undefined || characters > MOST_CHARACTERS ? undefined : tryToRead(path, text)
    if (source === undefined) unread.push(path)
    else sources.push(source)
    return source
  }

  function load(path: string): Loading {
    const text = readSourceText(join(directory, path))
    if (text === undefined || relevant.test(text)) {
      return { path, modules: read(path, text)?.modules ?? [] }
    }
    const modules = modulesIn(text)
    others.set(path, modules)
    return { path, modules }
  }

  let loaded = [loadedByScripts(place.scripts), ...paths.map(load)]
  while (loaded.length > 0) {
    const more = new Set<string>()
    for (const each of loaded) {
      const followed = followImports(each, known, place)
      for (const path of followed.paths) more.add(path)
      for (const module of followed.linked) linked.add(module)
    }
    for (const path of more) known.add(path)
    loaded = [...more].map(load)
  }
  const setUps = new Set(sources.filter(setsUp).map(({ path }) => nameOfModule(path)))
  for (const [path, modules] of others) {
    if (!modules.some((module) => setUps.has(nameOfModule(module)))) continue
    others.delete(path)
    read(path, readSourceText(join(directory, path)))
  }
  return {
    sources: sources.toSorted((one, other) => (one.path < other.path ? -1 : 1)),
    otherImports: [...others].flatMap(([path, modules]) =>
      modules.map((module) => ({ path, module })),
    ),
    unread,
    linked: [...linked],
  }
}

/** What it makes may be used by a file that says nothing of it. */
function setsUp({ modules }: Source): boolean {
  return [...modules].some((module) => /^(costspan|@opentelemetry)\b/.test(module))
}

function tryToRead(path: string, text: string): Source | undefined {
  try {
    return readSource(path, text)
  } catch {
    return undefined
  }
}

/** Also those of comments: more is loaded by this than by the code. */
function modulesIn(text: string): string[] {
  const loads = /\b(?:from|import|require|fork|URL|Worker)\s*\(?\s*(["'`])([^"'`\n]{1,200})\1/g
  return [...text.matchAll(loads)].map(([, , module = '']) => module)
}
