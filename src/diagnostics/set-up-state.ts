import type { Context } from '@opentelemetry/api'
import type { StatedAttribution } from '../attribution/attribution.ts'
import { processState } from '../warnings/process-state.ts'
import type { FindingId } from './finding.ts'

/** A processor or an exporter that charges calls. */
export interface Part {
  readonly owner: object
  /** Whether an AI span of this process has reached it, as far as it knows. */
  hasAiSpans(): boolean
  /** The attribution of a call that starts in a context, by the spans of a processor. An exporter knows no contexts. */
  attributionAt?(from: Context): StatedAttribution | undefined
  /** The processor's list of open AI spans below the span of a context, or of those without a parent if it has none. */
  openBelow?(from: Context): object | undefined
}

/** What a process shares of its processors and exporters; `selfCheck` looks up the rest. */
interface SetUpState {
  /** Those that have not been shut down, at most {@link MAXIMUM_PARTS}. */
  readonly parts: Part[]
  /** The lines that were printed of faults that only a span or a call shows. */
  readonly found: Map<FindingId, string>
  /** Ends the wait for the first call of AI SDK 7; `undefined` before there is one. After the call it does nothing. */
  stopWatching: (() => void) | undefined
}

/** An application has one, tests have many. */
const MAXIMUM_PARTS = 16

export const setUpState = processState<SetUpState>(
  'set-up',
  () => ({ parts: [], found: new Map(), stopWatching: undefined }),
  ({ parts, found }) => Array.isArray(parts) && found instanceof Map,
)

export function addPart(part: Part): void {
  const { parts } = setUpState()
  if (parts.push(part) > MAXIMUM_PARTS) parts.shift()
}

/** The processor or exporter was shut down: it charges no call. After the last one no call is waited for. */
export function removePart(owner: object): void {
  const state = setUpState()
  const { parts } = state
  const index = parts.findIndex((part) => part.owner === owner)
  if (index !== -1) parts.splice(index, 1)
  if (parts.length > 0) return
  state.stopWatching?.()
  state.stopWatching = undefined
}

export function isPart(candidate: unknown): boolean {
  return setUpState().parts.some(({ owner }) => owner === candidate)
}
