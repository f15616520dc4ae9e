import type { InstallCommand } from './commands.ts'
import { managers, type Manager, type NodeVersion } from './tools.ts'

/** A cell in which everything that was run has passed. */
export interface Outcome {
  readonly command: InstallCommand
  readonly manager: Manager
  readonly node: NodeVersion
  /** Packages whose `engines` exclude that Node: nothing is run there. */
  readonly excluded: readonly string[]
  /** What the package manager needed besides. */
  readonly flags: readonly string[]
}

export function table(commands: readonly InstallCommand[], outcomes: readonly Outcome[]): string {
  const rows = commands.map((command) =>
    rowOf(
      command,
      outcomes.filter((one) => one.command === command),
    ),
  )
  const header = ['packages', 'page', ...managers, 'asks for a newer Node']
  const lines = [header, header.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

function rowOf(command: InstallCommand, outcomes: readonly Outcome[]): string[] {
  const beside = command.words.includes('costspan') ? '' : 'beside those for Next.js: '
  const words = command.words.map((word) => `\`${word}\``).join(' ')
  const cells = managers.map((manager) => {
    const ran = outcomes.filter((one) => one.manager === manager && one.excluded.length === 0)
    const flags = inOrder(ran.flatMap((one) => one.flags)).map((flag) => `, with \`${flag}\``)
    return (inOrder(ran.map(({ node }) => node)).join(', ') || '–') + flags.join('')
  })
  const excluded = outcomes.filter((one) => one.excluded.length > 0)
  const reasons = inOrder(excluded.map(({ node }) => node)).map((node) => {
    const names = excluded.filter((one) => one.node === node).flatMap((one) => one.excluded)
    return `Node ${node}: ${inOrder(names)
      .map((name) => `\`${name}\``)
      .join(', ')}`
  })
  return [`${beside}${words}`, pagesOf(command), ...cells, reasons.join('; ')]
}

function inOrder(values: readonly string[]): string[] {
  return [...new Set(values)].toSorted()
}

/** The pages of backends all print the same command. */
function pagesOf({ pages }: InstallCommand): string {
  return inOrder(pages.map((page) => page.replace(/^(docs\/backends)\/(?!README).*/, '$1/*')))
    .map((page) => `\`${page}\``)
    .join(', ')
}
