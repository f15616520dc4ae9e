import { join } from 'node:path'
import { readSourceText } from './files.ts'
import { followImports, loadedByScripts, type Loading, type Place } from './imported-files.ts'
import { nameOfModule } from './imports.ts'
import { filesOf } from './modules.ts'
import { rawClients } from './raw-clients.ts'
import { readSource, type Source } from './module.ts'
import { TooManyNodes } from './syntax.ts'

/** An import of a file that was not parsed. */
export interface OtherImport {
  readonly path: string
  readonly module: string
}

interface Sources {
  readonly sources: readonly Source[]
  readonly otherImports: readonly OtherImport[]
  readonly unread: readonly string[]
  /** Modules of the project that were not read, because a link leads there. */
  readonly linked: readonly string[]
}

/**
 * The most nodes of all syntax trees together. A node takes about 300 bytes, and a line of hand-written code has about
 * eight nodes.
 */
const MOST_NODES = 500_000

/** The most characters that are parsed, whether kept or not: it bounds the time. */
const MOST_CHARACTERS = 8_000_000

/** The most imports that are kept of files that are not parsed. */
const MOST_OTHER_IMPORTS = 200_000

/** How many levels of callers are parsed: they may attribute or record the calls that they make. */
const MOST_ROUNDS = 4

/** How a generator marks its output, near the beginning of a file. */
const generated = /@generated\b|\bdo not (?:edit|modify)\b|\bauto-?generated\b/i

/** Words of which a file must contain one to be parsed. */
const relevant =
  /\bai\b|@ai-sdk|costspan|opentelemetry|otel\b|sentry|SIGTERM|forceFlush|consumeStream|\bruntime\b|aws-lambda|instrumentation|openai|anthropic|@google|googleapis|mistral|groq|cohere|together|langchain|mastra|ollama|bedrock|openrouter|perplexity|fireworks|deepseek|api\.x\.ai|replicate|huggingface|llamaindex|portkey|cerebras|voyage|@azure/i

/**
 * The relevant files of a project: those with a relevant word, and those that import them. A file in a skipped folder is
 * read too if code loads it.
 */
export function readSources(paths: readonly string[], place: Place): Sources {
  const { directory } = place
  const sources: Source[] = []
  const unread: string[] = []
  const linked = new Set<string>()
  const known = new Set(paths)
  const others = new Map<string, readonly string[]>()
  let nodesLeft = MOST_NODES
  let charactersLeft = MOST_CHARACTERS
  /** The length of a text that had too many nodes. Longer texts are not parsed. */
  let tooLong = Infinity
  let importsLeft = MOST_OTHER_IMPORTS

  function read(path: string): Loading {
    const text = readSourceText(join(directory, path))
    charactersLeft -= text?.length ?? 0
    const isTooMuch = text === undefined || charactersLeft < 0 || text.length >= tooLong
    const source = isTooMuch ? undefined : tryToRead(path, text, nodesLeft)
    if (source === 'too many nodes') tooLong = text?.length ?? 0
    if (typeof source !== 'object') {
      unread.push(path)
      return { path, modules: [] }
    }
    sources.push(source)
    nodesLeft -= source.nodes.length
    return { path, modules: source.modules }
  }

  /** Parses the relevant files, the smallest first, and searches the others for imports. */
  function load(batch: readonly string[]): Loading[] {
    const loaded: Loading[] = []
    const waiting: { readonly path: string; readonly size: number }[] = []
    for (const path of batch) {
      const text = readSourceText(join(directory, path))
      if (text === undefined || relevant.test(text)) {
        waiting.push({ path, size: sizeOf(text) })
        continue
      }
      const modules = modulesIn(text)
      importsLeft -= modules.length
      if (importsLeft < 0) unread.push(path)
      else others.set(path, modules)
      loaded.push({ path, modules })
    }
    waiting.sort((one, other) => one.size - other.size)
    return [...loaded, ...waiting.map(({ path }) => read(path))]
  }

  let loaded = [loadedByScripts(place.scripts), ...load(paths)]
  while (loaded.length > 0) {
    const more = new Set<string>()
    for (const each of loaded) {
      const followed = followImports(each, known, place)
      for (const path of followed.paths) more.add(path)
      for (const module of followed.linked) linked.add(module)
    }
    for (const path of more) known.add(path)
    loaded = load([...more])
  }
  const setUps = new Set(sources.filter(setsUp).map(({ path }) => nameOfModule(path)))
  for (const [path, modules] of others) {
    if (!modules.some((module) => setUps.has(nameOfModule(module)))) continue
    others.delete(path)
    read(path)
  }
  let targets = new Set(sources.filter(asksProviders).map(({ path }) => path))
  for (let round = 0; round < MOST_ROUNDS && targets.size > 0; round++) {
    targets = new Set(readImporters(targets))
  }

  /** Parses files that import one which calls a provider: they may attribute the call or record it. */
  function readImporters(of: ReadonlySet<string>): string[] {
    return [...others].flatMap(([path, modules]) => {
      const isImporter = modules.some((module) =>
        filesOf(module, path, place.aliases).some((file) => of.has(file)),
      )
      const text = isImporter ? readSourceText(join(directory, path)) : undefined
      // A file for which no room is left stays among those that are not parsed.
      const source =
        text === undefined || text.length >= tooLong
          ? undefined
          : tryToRead(path, text, Math.min(nodesLeft, MOST_NODES / 20))
      if (typeof source !== 'object') return []
      others.delete(path)
      sources.push(source)
      nodesLeft -= source.nodes.length
      return [path]
    })
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

/** Whether a file sets tracing up: a file without a relevant word may use what it makes. */
function setsUp({ modules }: Source): boolean {
  return [...modules].some((module) => /^(costspan|@opentelemetry)\b/.test(module))
}

/** The order of parsing. Generated code comes last, so that it does not use up the bound before hand-written code. */
function sizeOf(text: string | undefined): number {
  if (text === undefined) return 0
  return generated.test(text.slice(0, 2000)) ? Number.MAX_SAFE_INTEGER : text.length
}

/** Whether a file calls a model provider, or exports what does. */
function asksProviders({ usedModules }: Source): boolean {
  return [...usedModules].some(
    (module) =>
      /^(ai|@ai-sdk\/.*)$/.test(module) || rawClients.some((client) => client.module.test(module)),
  )
}

function tryToRead(
  path: string,
  text: string,
  mostNodes: number,
): Source | 'too many nodes' | undefined {
  try {
    return readSource(path, text, mostNodes)
  } catch (error) {
    return error instanceof TooManyNodes ? 'too many nodes' : undefined
  }
}

/** The modules that a text loads. Those in comments are included: a superset does no harm. */
function modulesIn(text: string): string[] {
  const loads =
    /\b(?:from|import|require|fork|URL|Worker)\s{0,99}(?:\(\s{0,99})?(["'`])([^"'`\n]{1,200})\1/g
  // Copied, since a substring keeps the whole text in memory.
  return [...text.matchAll(loads)].map(([, , module = '']) => Buffer.from(module).toString())
}
