import { costspan } from './arms.ts'
import type { OpenFigures, Results } from './figures.ts'
import { openCounts } from './open-requests.ts'

export interface Target {
  readonly name: string
  readonly limit: string
  readonly measured: string
  readonly isMet: boolean
}

/** Remains smaller than this cannot be distinguished from the engine's own. */
const HEAP_NOISE_BYTES = 15

export function targets({ arms: figures, open }: Results): Target[] {
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
    ...openTargets(open),
  ]
}

/** However many requests are open, a request costs about the same, and half of what it costs with the nearest peer. */
function openTargets(open: readonly OpenFigures[]): Target[] {
  const of = (what: OpenFigures['what']): OpenFigures[] =>
    open.filter((figures) => figures.what === what && figures.arm.isAiAware)
  const [ours, ...peers] = of('trees').toSorted((one) => (one.arm === costspan ? -1 : 1))
  const hooks = of('hooks').find(({ arm }) => arm === costspan)
  if (ours === undefined || hooks === undefined) return []
  const at = ({ added }: OpenFigures, count: (typeof openCounts)[number]): number =>
    added[openCounts.indexOf(count)] ?? Number.NaN
  const growth = at(ours, 4096) / at(ours, 8)
  const hooksGrowth = at(hooks, 64) / at(hooks, 4)
  const share = Math.max(
    ...openCounts.map(
      (count) => at(ours, count) / Math.min(...peers.map((peer) => at(peer, count))),
    ),
  )
  return [
    target('a request, 4,096 open, of 8 open', '<= 150 %', percent(growth), growth <= 1.5),
    target('hooks alone, 64 open, of 4 open', '<= 120 %', percent(hooksGrowth), hooksGrowth <= 1.2),
    target('of the nearest AI-aware peer', '<= 50 %', percent(share), share <= 0.5),
  ]
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}

function target(name: string, limit: string, measured: string, isMet: boolean): Target {
  return { name, limit, measured, isMet }
}
