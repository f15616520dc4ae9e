import { printable } from './printable.ts'

/**
 * Parses the options of a command. Returns an exit code instead where the command is finished: 0 after printing its
 * help, 2 after a usage error. Usage errors go to standard error, because the output may be redirected to a file.
 */
export function parseOptions<Options>(
  parse: () => Options | 'help',
  help: string,
  write: (text: string) => void,
): Options | number {
  try {
    const options = parse()
    if (options !== 'help') return options
    write(help)
    return 0
  } catch (error) {
    process.stderr.write(`${printable(messageOf(error))}\n\n${help}`)
    return 2
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
