import { printable } from './printable.ts'

/**
 * The options of a command; or the exit code, where nothing is left to do: 0 if its help was asked for, 2 if it was
 * asked wrongly. That goes to the standard error, for what is written may be on its way into a file.
 */
export function asked<Options>(
  read: () => Options | 'help',
  help: string,
  write: (text: string) => void,
): Options | number {
  try {
    const options = read()
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
