import type { Reply } from '../../loopback/exchange.ts'
import type { Tool } from '../ai-sdks/lane.ts'

export const question = 'What is the weather in Bern?'

/** 1000 tokens in, 100 out: sums that are easy to follow in a fixture. */
export const spoken: Reply = {
  text: 'It is sunny in Bern.',
  usage: { uncachedInput: 1000, outputText: 100 },
}

export const callsWeather: Reply = {
  toolCalls: [{ name: 'weather', input: { city: 'Bern' } }],
  usage: { uncachedInput: 1000, outputText: 50 },
}

export const spokenAfterTool: Reply = {
  text: 'It is 21 degrees in Bern.',
  usage: { uncachedInput: 2000, outputText: 100 },
}

export const structured: Reply = {
  object: { city: 'Bern', degrees: 21 },
  usage: { uncachedInput: 1000, outputText: 100 },
}

export function weather(
  execute: () => Promise<unknown> = () => Promise.resolve({ degrees: 21 }),
): Record<string, Tool> {
  return { weather: { description: 'Tells the weather.', execute } }
}
