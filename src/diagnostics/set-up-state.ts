import { processState } from '../warnings/process-state.ts'
import type { FindingId } from './finding.ts'

/** A processor or an exporter that charges calls. */
export interface Part {
  readonly owner: object
  /** Whether an AI span of this process has reached it, as far as it knows. */
  hasAiSpans(): boolean
}

/** What `selfCheck` knows of a process apart from what it can look up. */
interface SetUpState {
  /** Those that have not been shut down, at most {@link MAXIMUM_PARTS}. */
  readonly parts: Part[]
  /** The lines that were printed of faults that only a span or a call shows. */
  readonly found: Map<FindingId, string>
  /** Whether the first call of AI SDK 7 is waited for, or has been made. */
  watchesAiSdk: boolean
}

/** An application has one, tests have many. */
const MAXIMUM_PARTS = 16

export const setUpState = processState<SetUpState>(
  'set-up',
  () => ({ parts: [], found: new Map(), watchesAiSdk: false }),
  ({ parts, found, watchesAiSdk }) =>
    Array.isArray(parts) && found instanceof Map && typeof watchesAiSdk === 'boolean',
)

export function addPart(part: Part): void {
  const { parts } = setUpState()
  if (parts.push(part) > MAXIMUM_PARTS) parts.shift()
}

/** The processor or exporter was shut down: it charges no call. */
export function removePart(owner: object): void {
  const { parts } = setUpState()
  const index = parts.findIndex((part) => part.owner === owner)
  if (index !== -1) parts.splice(index, 1)
}

export function isPart(candidate: unknown): boolean {
  return setUpState().parts.some(({ owner }) => owner === candidate)
}
