import { costspan } from './arms.ts'
import type { Figures } from './figures.ts'

export interface Target {
  readonly name: string
  readonly limit: string
  readonly measured: string
  readonly isMet: boolean
}

/** Remains smaller than this cannot be told from the engine's own. */
const HEAP_NOISE_BYTES = 15

export function targets(figures: readonly Figures[]): Target[] {
  const ours = figures.find(({ arm }) => arm === costspan)
  const peers = figures.filter(({ arm }) => arm.isAiAware && arm !== costspan)
  if (ours === undefined) return []
  const call = Math.max(ours.call6, ours.call7)
  const mean = Math.max(ours.span6, ours.span7)
  const shareOf = (key: 'call6' | 'call7' | 'span6' | 'span7'): number =>
    ours[key] / Math.min(...peers.map((peer) => peer[key]))
  const callShare = Math.max(shareOf('call6'), shareOf('call7'))
  const meanShare = Math.max(shareOf('span6'), shareOf('span7'))
  const retained = Math.max(ours.retainedEnded, ours.retainedUnended)
  const imported = ours.imported ?? Number.NaN
  return [
    target('priced call', '<= 1,000 ns', `${call.toFixed(0)} ns`, call <= 1000),
    target('of the cheapest AI-aware peer', '<= 50 %', percent(callShare), callShare <= 0.5),
    target('AI span, mean of a priced tree', '<= 1,000 ns', `${mean.toFixed(0)} ns`, mean <= 1000),
    target('of the cheapest AI-aware peer', '<= 50 %', percent(meanShare), meanShare <= 0.5),
    target('HTTP span', '<= 50 ns', `${ours.http.toFixed(0)} ns`, ours.http <= 50),
    target(
      'retained for a span, ended or not',
      `0 +-${HEAP_NOISE_BYTES} B`,
      `${retained.toFixed(1)} B`,
      retained <= HEAP_NOISE_BYTES,
    ),
    target('import', '<= 15 ms', `${imported.toFixed(1)} ms`, imported <= 15),
  ]
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}

function target(name: string, limit: string, measured: string, isMet: boolean): Target {
  return { name, limit, measured, isMet }
}
