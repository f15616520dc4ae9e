import type { CostSpanProcessorOptions } from 'costspan'
import type { Package } from './names.ts'

/** The options that processor and exporter share. */
export type SharedOptions = Pick<CostSpanProcessorOptions, 'prices' | 'privacy' | 'backends'>

const KEY = 'a key of more than sixteen characters'

/** A function of an application may fail. */
function failing(id: string): string {
  if (id.length % 3 === 1) throw new Error('no pseudonym')
  return id.length % 3 === 0 ? `p:${id.length}` : (7 as never)
}

/** Sets of options, by name, each made of what the package itself exports. */
export function optionSets({ core, backends, prices }: Package): Record<string, SharedOptions> {
  const { langfuse, phoenix, arize, braintrust, datadog } = backends
  const all = [langfuse, phoenix, arize, braintrust, datadog]
  // Older packages take a boolean.
  const dropContent = core.dropContent ?? (true as never)
  const own = prices.definePrices('contract-7', [
    { provider: 'openai', model: /^gpt-/, over: core.catalog, factor: 0.9, from: '2026-01-01' },
    { provider: 'anthropic', model: 'claude-house-1', input: 3, output: 15, cacheRead: 0.3 },
    { provider: 'my-gpu', model: 'llama-4', durationSecond: 0.00069 },
  ])
  const throwing = {
    ...core.catalog,
    find: (): never => {
      throw new Error('no price')
    },
  }
  return {
    defaults: {},
    keep: { privacy: { personalIds: 'keep' } },
    pseudonymize: { privacy: { pseudonymize: { key: KEY } } },
    'pseudonymize by a function': {
      privacy: { pseudonymize: (id) => (id.startsWith('p:') ? id : `p:${id.length}`) },
    },
    'a pseudonymizer that fails': { privacy: { pseudonymize: failing } },
    dropContent: { privacy: { dropContent } },
    backends: { backends: all },
    'own prices': { prices: [own, core.catalog] },
    'no prices': { prices: [] },
    'a price source that throws': { prices: [throwing, core.catalog] },
    everything: {
      prices: [own, core.catalog],
      privacy: { pseudonymize: { key: KEY }, dropContent },
      backends: [
        ...all,
        () => {
          throw new Error('no backend')
        },
      ],
    },
  }
}
