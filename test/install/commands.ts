import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const repository = join(import.meta.dirname, '../..')

export interface InstallCommand {
  /** The pages that print the command, README first. */
  readonly pages: readonly string[]
  /** The packages, as the page spells them. */
  readonly words: readonly string[]
  /** The set-ups that are beside it, each once. */
  readonly snippets: readonly Snippet[]
}

export interface Snippet {
  readonly page: string
  readonly code: string
}

/** What a page contains in its order: headings end a section, commands and code belong together. */
type Part =
  | { kind: 'heading' }
  | { kind: 'code'; code: string }
  | { kind: 'command'; words: string[] }

const FENCE = /^( *)```(.*)\n([\s\S]*?)^ *```$/gm
const INSTALLS = /\b(?:npm (?:install|i|add)|pnpm add|bun add|yarn add) +([^`\n&|;)]+)/g

/** README, docs and the pages of the examples. */
export function pages(): string[] {
  const folders = ['docs', 'examples'].flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.md') && !path.includes('node_modules'))
      .map((path) => `${folder}/${path}`)
      .toSorted(),
  )
  return ['README.md', ...folders]
}

/** Every install command of all pages. Commands with the same packages are one command. */
export function installCommands(): InstallCommand[] {
  const texts = pages().map((page) => [page, readFileSync(join(repository, page), 'utf8')] as const)
  return commandsOf(texts)
}

export function commandsOf(texts: Iterable<readonly [page: string, text: string]>) {
  const found = new Map<string, { pages: string[]; words: string[]; snippets: Snippet[] }>()
  for (const [page, text] of texts) {
    // Commands in a row share the code behind them.
    let current: { snippets: Snippet[] }[] = []
    for (const part of partsOf(text)) {
      if (part.kind === 'heading') current = []
      else if (part.kind === 'command') {
        const key = part.words.toSorted().join(' ')
        const command = found.get(key) ?? { pages: [], words: part.words, snippets: [] }
        if (!command.pages.includes(page)) command.pages.push(page)
        found.set(key, command)
        current.push(command)
      } else {
        for (const { snippets } of current) {
          if (!snippets.some(({ code }) => code === part.code)) {
            snippets.push({ page, code: part.code })
          }
        }
        // What follows the set-up is the application, which needs more than the command installs.
        current = []
      }
    }
  }
  return [...found.values()]
}

function partsOf(text: string): Part[] {
  const parts: Part[] = []
  let end = 0
  for (const match of text.matchAll(FENCE)) {
    parts.push(...partsOfProse(text.slice(end, match.index)))
    const [whole, , language = '', code = ''] = match
    end = match.index + whole.length
    if (/^(ts|js|mjs|typescript|javascript)\b/.test(language)) parts.push({ kind: 'code', code })
    else parts.push(...commandsIn(code))
  }
  return [...parts, ...partsOfProse(text.slice(end))]
}

function partsOfProse(text: string): Part[] {
  return text.split(/^(?=#)/m).flatMap((section): Part[] => {
    const heading: Part[] = section.startsWith('#') ? [{ kind: 'heading' }] : []
    return [...heading, ...commandsIn(section)]
  })
}

function commandsIn(text: string): Part[] {
  return [...text.replaceAll('\\\n', ' ').matchAll(INSTALLS)].flatMap(([, rest = '']): Part[] => {
    const words = rest
      .replace(/ #.*/, '')
      .split(/\s+/)
      .filter((word) => /^@?[a-z0-9]/.test(word))
    return words.length === 0 ? [] : [{ kind: 'command', words }]
  })
}

/**
 * The newest of each package, where nothing but the day's releases was pinned. The pins of the other commands are what
 * makes theirs an OpenTelemetry SDK 2 or an older AI SDK.
 */
export function withoutPins(words: readonly string[]): readonly string[] {
  return words.some((word) => word.startsWith('@opentelemetry/sdk-trace@3'))
    ? words.map(nameOf)
    : words
}

/** `@scope/name` of `@scope/name@^1`. */
export function nameOf(word: string): string {
  return word.replace(/(?<=.)@.*/, '')
}
