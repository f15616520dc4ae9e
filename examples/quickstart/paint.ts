import { styleText } from 'node:util'

type Style = 'bold' | 'dim' | 'cyan' | 'green' | 'yellow' | 'red'

export type Paint = Record<Style, (text: string) => string>

/** Colour for a person at a terminal who has not asked for none; see https://no-color.org. */
export function wantsColour(stream: { isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !environment['NO_COLOR']
}

export function painter(colour: boolean): Paint {
  const style = (name: Style) => (text: string) => (colour ? styleText(name, text) : text)
  return {
    bold: style('bold'),
    dim: style('dim'),
    cyan: style('cyan'),
    green: style('green'),
    yellow: style('yellow'),
    red: style('red'),
  }
}
