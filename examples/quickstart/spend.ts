import type { ReceivedSpan } from '../../test/loopback/receiver.ts'

/** One call to a model, as its span tells it. */
export interface Call {
  user: string | undefined
  tenant: string | undefined
  plan: string | undefined
  feature: string | undefined
  model: string
  /** Absent without a price. Unknown is not 0. */
  usd: number | undefined
  inputTokens: number
  outputTokens: number
}

/** A span with a `cost.status` is one call. Those of agents, steps and tools only contain calls. */
export function callsIn(spans: ReceivedSpan[]): Call[] {
  return spans
    .map(({ attributes }) => attributes)
    .filter((attributes) => 'cost.status' in attributes)
    .map(toCall)
}

function toCall(attributes: ReceivedSpan['attributes']): Call {
  const text = (name: string) => attributes[name] as string | undefined
  const count = (name: string) => (attributes[name] as number | undefined) ?? 0
  return {
    user: text('user.id'),
    tenant: text('tenant.id'),
    plan: text('cost.plan'),
    feature: text('cost.tag.feature'),
    model: text('gen_ai.response.model') ?? text('gen_ai.request.model') ?? 'unknown',
    usd: attributes['cost.usd'] as number | undefined,
    inputTokens: count('gen_ai.usage.input_tokens'),
    outputTokens: count('gen_ai.usage.output_tokens'),
  }
}

export interface Spend {
  usd: number
  calls: number
  /** How many of the calls are not in `usd`. */
  unpricedCalls: number
  inputTokens: number
  outputTokens: number
}

export function spendOf(calls: Call[]): Spend {
  return {
    usd: sum(calls.map(({ usd }) => usd ?? 0)),
    calls: calls.length,
    unpricedCalls: calls.filter(({ usd }) => usd === undefined).length,
    inputTokens: sum(calls.map(({ inputTokens }) => inputTokens)),
    outputTokens: sum(calls.map(({ outputTokens }) => outputTokens)),
  }
}

/** From the smallest up: spans arrive in any order, and the last bit of a float sum depends on it. */
export function sum(amounts: number[]): number {
  return amounts.toSorted((one, other) => one - other).reduce((total, amount) => total + amount, 0)
}

/** The calls in groups of one name each, the most expensive group first. */
export function spendBy(
  calls: Call[],
  nameOf: (call: Call) => string,
): [name: string, spend: Spend][] {
  const names = [...new Set(calls.map(nameOf))]
  return names
    .map((name): [string, Spend] => [name, spendOf(calls.filter((call) => nameOf(call) === name))])
    .toSorted(([, one], [, other]) => other.usd - one.usd)
}
