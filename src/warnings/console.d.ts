/** Of the runtime, which need not be Node. */
declare var console: { warn(line: string): void }
