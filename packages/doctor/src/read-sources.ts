import { join } from 'node:path'
import { readSourceText } from './files.ts'
import { followImports, loadedByScripts, type Loading, type Place } from './imported-files.ts'
import { nameOfModule } from './imports.ts'
import { filesOf } from './modules.ts'
import { rawClients } from './raw-clients.ts'
import { readSource, type Source } from './module.ts'
import { TooManyNodes } from './syntax.ts'

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

/**
 * Of the syntax trees of all sources together. A node takes about 300 bytes, and a line of code written by hand has
 * about eight nodes.
 */
const MOST_NODES = 500_000

/** Of the texts that are parsed, kept or not: the bound of the time that this takes. */
const MOST_CHARACTERS = 8_000_000

/** Of what files import that are not taken apart. */
const MOST_OTHER_IMPORTS = 200_000

/** Of importers of importers, which are read for what they say of the calls that they make. */
const MOST_ROUNDS = 4

/** How a generator marks its output, near the beginning of a file. */
const generated = /@generated\b|\bdo not (?:edit|modify)\b|\bauto-?generated\b/i

/** What a file says that can matter here; others are not taken apart. */
const relevant =
  /\bai\b|@ai-sdk|costspan|opentelemetry|otel\b|sentry|SIGTERM|forceFlush|consumeStream|\bruntime\b|aws-lambda|instrumentation|openai|anthropic|@google|googleapis|mistral|groq|cohere|together|langchain|mastra|ollama|bedrock|openrouter|perplexity|fireworks|deepseek|api\.x\.ai|replicate|huggingface|llamaindex|portkey|cerebras|voyage|@azure/i

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
  let nodesLeft = MOST_NODES
  let charactersLeft = MOST_CHARACTERS
  /** The length of a text that had more nodes than were left: longer ones are not tried. */
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

  /** Files that do not matter are searched for imports; the others are taken apart, the smallest first. */
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

  /** Who calls what asks a provider: it may name the payer, or record the call. */
  function readImporters(of: ReadonlySet<string>): string[] {
    return [...others].flatMap(([path, modules]) => {
      const isImporter = modules.some((module) =>
        filesOf(module, path, place.aliases).some((file) => of.has(file)),
      )
      const text = isImporter ? readSourceText(join(directory, path)) : undefined
      // What has no room stays among those that are not taken apart.
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

/** What it makes may be used by a file that says nothing of it. */
function setsUp({ modules }: Source): boolean {
  return [...modules].some((module) => /^(costspan|@opentelemetry)\b/.test(module))
}

/** Generated code comes last: it may use up the bound, and code written by hand may not lack room because of that. */
function sizeOf(text: string | undefined): number {
  if (text === undefined) return 0
  return generated.test(text.slice(0, 2000)) ? Number.MAX_SAFE_INTEGER : text.length
}

/** It asks a provider of models, or holds what does. */
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

/** Also those of comments: more is loaded by this than by the code. */
function modulesIn(text: string): string[] {
  const loads =
    /\b(?:from|import|require|fork|URL|Worker)\s{0,99}(?:\(\s{0,99})?(["'`])([^"'`\n]{1,200})\1/g
  // Copies: a part of a string keeps the whole of it in memory.
  return [...text.matchAll(loads)].map(([, , module = '']) => Buffer.from(module).toString())
}
