import { isNextProject, placeOf } from '../facts.ts'
import { nothing, type Finding, type Outcome } from '../finding.ts'
import { callsOf, givenName, mentions, type Project } from '../project.ts'
import type { Call, Source } from '../source.ts'
import { isBefore } from '../version.ts'

/** What hands a stream to the reader, who may leave. */
const answers = new Set([
  'toUIMessageStreamResponse',
  'toDataStreamResponse',
  'toTextStreamResponse',
  'toAIStreamResponse',
  'toUIMessageStream',
  'pipeUIMessageStreamToResponse',
  'pipeDataStreamToResponse',
  'pipeTextStreamToResponse',
])

/** Whether streams are read to their end in Next.js, whose span of a request ends when the reader leaves. */
export function checkStreams(project: Project): Outcome {
  if (!isNextProject(project)) return nothing
  const streams = callsOf(project, /^ai$/, 'streamText').filter(({ source }) => isHandedOn(source))
  if (streams.length === 0) return nothing
  const unread = streams.filter(({ source }) => !readsToEnd(source))
  if (unread.length === 0) return { findings: [], fine: 'streams are read to their end' }
  return { findings: unread.map((call) => toFinding(call, project)) }
}

function isHandedOn({ calls }: Source): boolean {
  return calls.some(({ name }) => answers.has(name ?? ''))
}

function readsToEnd({ nodes }: Source): boolean {
  return nodes.some(
    ({ type, name }) => type === 'Identifier' && /^consume(Sse)?Stream$/.test(name as string),
  )
}

function toFinding(call: Call, project: Project): Finding {
  // Elsewhere in the project there may be a helper that does it.
  const isSure = !mentions(project, 'consumeStream')
  const answer = givenName({ node: call.node, source: call.source }) ?? 'answer'
  return {
    id: 'stream-unread',
    severity: isSure ? 'error' : 'warning',
    ...placeOf(call),
    message:
      'Nothing here reads the stream to its end: what an answer cost whose reader left is unknown, though it is billed.',
    add: readingToEnd(answer, project),
  }
}

/** What reads a stream to its end, whoever listens. */
export function readingToEnd(answer: string, project: Project): string {
  if (!isNextProject(project)) {
    return `void ${answer}.consumeStream()   (beside ${answer}.pipeTextStreamToResponse(response), or before the response is returned)`
  }
  const next = project.packages.versionOf('next')
  return next === undefined || !isBefore(next, 15, 1)
    ? `import { after } from 'next/server'\nafter(async () => ${answer}.consumeStream())`
    : `void ${answer}.consumeStream()   (before it is returned, without await)`
}
