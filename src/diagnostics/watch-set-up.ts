import { Reporter } from '../warnings/reporter.ts'
import { warnUnseenCall } from './self-check.ts'
import { addPart, setUpState, type Part } from './set-up-state.ts'

/** AI SDK 7 publishes the end of each operation here, with or without integrations (ai 7.0.173). */
const CHANNEL = 'tracing:ai:telemetry:asyncEnd'

/** The part of `node:diagnostics_channel` that is used. */
interface DiagnosticsChannel {
  subscribe(channel: string, subscriber: (message: unknown) => void): void
  unsubscribe(channel: string, subscriber: (message: unknown) => void): void
}

/** A runtime without Node's modules may have no `process`. Bundlers for the edge refuse the bare name. */
interface NodeGlobal {
  readonly process?: { getBuiltinModule?(name: string): DiagnosticsChannel | undefined }
}

/** Notes a processor, and waits for the first call of AI SDK 7: without an integration it writes no span at all. */
export function watchSetUp(part: Part): void {
  try {
    addPart(part)
    const state = setUpState()
    if (state.stopWatching !== undefined) return
    const channels = (globalThis as NodeGlobal).process?.getBuiltinModule?.(
      'node:diagnostics_channel',
    )
    if (channels === undefined) return
    state.stopWatching = onFirstCall(channels, () => warnUnseenCall(new Reporter()))
  } catch {
    // The set-up is not watched; calls are charged all the same.
  }
}

/**
 * Runs once, at the end of the first operation that did not fail, when its spans have started. As long as the channel has a
 * subscriber the AI SDK does more for each call, so it has one until then. Returns what ends the wait before that.
 */
function onFirstCall(channels: DiagnosticsChannel, run: () => void): () => void {
  const stop = (): void => channels.unsubscribe(CHANNEL, ended)
  const ended = (message: unknown): void => {
    try {
      if ((message as { error?: unknown }).error !== undefined) return
      stop()
      run()
    } catch {
      // An error here would end the process.
    }
  }
  channels.subscribe(CHANNEL, ended)
  return stop
}
