import { arms, costspan, plain, type Arm } from './arms.ts'
import { measureImports } from './import-time.ts'
import { measureBytes, measureRetained, measureTime, type Effort, type PerSpan } from './measure.ts'
import { aiSdk6, aiSdk7, http, ownCases, type TreePlan } from './spans.ts'
import { median, medianDifference } from './statistics.ts'

/** What an arm adds to a plain BatchSpanProcessor, for one span; of that one, what it takes. */
export interface Figures {
  readonly arm: Arm
  /** Nanoseconds: of a provider call, and of an AI span in the mean. */
  readonly call6: number
  readonly span6: number
  readonly call7: number
  readonly span7: number
  readonly http: number
  /** Bytes. */
  readonly bytes6: number
  readonly bytesHttp: number
  readonly retainedEnded: number
  readonly retainedUnended: number
  /** Milliseconds; `undefined` for what the OTel SDK itself has. */
  readonly imported: number | undefined
}

export async function compareArms(effort: Effort): Promise<Figures[]> {
  const times6 = await measureTime(arms, aiSdk6, effort)
  const times7 = await measureTime(arms, aiSdk7, effort)
  const timesHttp = await measureTime(arms, http, effort)
  const bytes6 = await measureBytes(arms, aiSdk6, effort)
  const bytesHttp = await measureBytes(arms, http, effort)
  const imports = await measureImports(
    arms.flatMap(({ packageName }) => packageName ?? []),
    effort.imports,
  )
  const figures: Figures[] = []
  for (const [index, arm] of arms.entries()) {
    const added = (rounds: PerSpan[][], what: keyof PerSpan): number =>
      addedBy(rounds[index], arm === plain ? undefined : rounds[0], what)
    figures.push({
      arm,
      call6: added(times6, 'call'),
      span6: added(times6, 'ai'),
      call7: added(times7, 'call'),
      span7: added(times7, 'ai'),
      http: added(timesHttp, 'foreign'),
      bytes6: added(bytes6, 'ai'),
      bytesHttp: added(bytesHttp, 'foreign'),
      retainedEnded: await measureRetained(arm, aiSdk6, effort, true),
      retainedUnended: await measureRetained(arm, aiSdk6, effort, false),
      imported:
        arm.packageName === undefined ? undefined : median(imports.get(arm.packageName) ?? []),
    })
  }
  return figures
}

/** What one of our own cases adds, in nanoseconds. */
export interface CaseFigures {
  readonly name: string
  readonly call: number
  readonly span: number
  /** Of a span that is no AI span but has one above; `undefined` where there is none. */
  readonly foreign: number | undefined
}

export async function compareCases(effort: Effort): Promise<CaseFigures[]> {
  const figures: CaseFigures[] = []
  for (const plan of ownCases) {
    const [base, own] = await measureTime([plain, costspan], plan, effort)
    figures.push({
      name: plan.name,
      call: addedBy(own, base, 'call'),
      span: addedBy(own, base, 'ai'),
      foreign: hasForeign(plan) ? addedBy(own, base, 'foreign') : undefined,
    })
  }
  return figures
}

function hasForeign({ spans }: TreePlan): boolean {
  return spans.some(({ kind }) => kind === 'foreign')
}

function addedBy(
  rounds: readonly PerSpan[] = [],
  base: readonly PerSpan[] | undefined,
  what: keyof PerSpan,
): number {
  const values = rounds.map((round) => round[what])
  if (base === undefined) return median(values)
  return medianDifference(
    values,
    base.map((round) => round[what]),
  )
}
