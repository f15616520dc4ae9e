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
  const reader = new SourceReader(place)
  reader.readAll(paths)
  reader.readUsersOfSetUps()
  reader.readCallers()
  return reader.sources()
}

/** Reads files within the bounds of time and memory. */
class SourceReader {
  readonly #place: Place
  readonly #sources: Source[] = []
  readonly #unread: string[] = []
  readonly #linked = new Set<string>()
  /** The modules of each file that was not parsed, by its path. */
  readonly #others = new Map<string, readonly string[]>()
  #nodesLeft = MOST_NODES
  #charactersLeft = MOST_CHARACTERS
  /** The length of a text that had too many nodes. Longer texts are not parsed. */
  #tooLong = Infinity
  #importsLeft = MOST_OTHER_IMPORTS

  constructor(place: Place) {
    this.#place = place
  }

  /** Reads files, and all that they load. */
  readAll(paths: readonly string[]): void {
    const known = new Set(paths)
    let loaded = [loadedByScripts(this.#place.scripts), ...this.#load(paths)]
    while (loaded.length > 0) {
      const more = new Set<string>()
      for (const each of loaded) {
        const followed = followImports(each, known, this.#place)
        for (const path of followed.paths) more.add(path)
        for (const module of followed.linked) this.#linked.add(module)
      }
      for (const path of more) known.add(path)
      loaded = this.#load([...more])
    }
  }

  /** Parses the files that import one which sets tracing up. */
  readUsersOfSetUps(): void {
    const setUps = new Set(this.#sources.filter(setsUp).map(({ path }) => nameOfModule(path)))
    for (const [path, modules] of this.#others) {
      if (!modules.some((module) => setUps.has(nameOfModule(module)))) continue
      this.#others.delete(path)
      this.#read(path)
    }
  }

  /** Parses some levels of the files that import one which calls a provider. */
  readCallers(): void {
    let targets = new Set(this.#sources.filter(asksProviders).map(({ path }) => path))
    for (let round = 0; round < MOST_ROUNDS && targets.size > 0; round++) {
      targets = new Set(this.#readImporters(targets))
    }
  }

  sources(): Sources {
    return {
      sources: this.#sources.toSorted((one, other) => (one.path < other.path ? -1 : 1)),
      otherImports: [...this.#others].flatMap(([path, modules]) =>
        modules.map((module) => ({ path, module })),
      ),
      unread: this.#unread,
      linked: [...this.#linked],
    }
  }

  /** Parses the relevant files, the smallest first, and searches the others for imports. */
  #load(batch: readonly string[]): Loading[] {
    const loaded: Loading[] = []
    const waiting: { readonly path: string; readonly size: number }[] = []
    for (const path of batch) {
      const text = this.#textOf(path)
      if (text === undefined || relevant.test(text)) {
        waiting.push({ path, size: sizeOf(text) })
        continue
      }
      const modules = modulesIn(text)
      this.#importsLeft -= modules.length
      if (this.#importsLeft < 0) this.#unread.push(path)
      else this.#others.set(path, modules)
      loaded.push({ path, modules })
    }
    waiting.sort((one, other) => one.size - other.size)
    return [...loaded, ...waiting.map(({ path }) => this.#read(path))]
  }

  #read(path: string): Loading {
    const text = this.#textOf(path)
    this.#charactersLeft -= text?.length ?? 0
    const isTooMuch = text === undefined || this.#charactersLeft < 0 || text.length >= this.#tooLong
    const source = isTooMuch ? undefined : tryToRead(path, text, this.#nodesLeft)
    if (source === 'too many nodes') this.#tooLong = text?.length ?? 0
    if (typeof source !== 'object') {
      this.#unread.push(path)
      return { path, modules: [] }
    }
    this.#add(source)
    return { path, modules: source.modules }
  }

  /** Parses files that import one which calls a provider: they may attribute the call or record it. */
  #readImporters(of: ReadonlySet<string>): string[] {
    return [...this.#others].flatMap(([path, modules]) => {
      const isImporter = modules.some((module) =>
        filesOf(module, path, this.#place.aliases).some((file) => of.has(file)),
      )
      const text = isImporter ? this.#textOf(path) : undefined
      // A file for which no room is left stays among those that are not parsed.
      const source =
        text === undefined || text.length >= this.#tooLong
          ? undefined
          : tryToRead(path, text, Math.min(this.#nodesLeft, MOST_NODES / 20))
      if (typeof source !== 'object') return []
      this.#others.delete(path)
      this.#add(source)
      return [path]
    })
  }

  #add(source: Source): void {
    this.#sources.push(source)
    this.#nodesLeft -= source.nodes.length
  }

  #textOf(path: string): string | undefined {
    return readSourceText(join(this.#place.directory, path))
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
