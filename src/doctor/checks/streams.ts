import { aiMajor, isNextProject, placeOf } from '../facts.ts'
import { nothing, type Finding, type Outcome } from '../finding.ts'
import { callsOf, givenName, mentions, type Project } from '../project.ts'
import type { Call, Source } from '../source.ts'
import { answersWithStream, usesOfStream } from '../stream-uses.ts'
import { isBefore } from '../version.ts'

/** Whether streams are read to their end in Next.js, whose span of a request ends when the reader leaves. */
export function checkStreams(project: Project): Outcome {
  if (!isNextProject(project)) return nothing
  const streams = callsOf(project, /^ai$/, 'streamText').filter(({ source }) =>
    answersWithStream(source),
  )
  if (streams.length === 0) return nothing
  const findings = streams.flatMap((call) => findingOf(call, project))
  const isSeen = streams.some(({ source }) => readsToEnd(source))
  return isSeen && findings.length === 0
    ? { findings, fine: 'streams are read to their end' }
    : { findings }
}

function readsToEnd({ nodes }: Source): boolean {
  return nodes.some(
    ({ type, name }) => type === 'Identifier' && /^consume(Sse)?Stream$/.test(name as string),
  )
}

/** Nothing, where it is read, or where the answer is made of something else. */
function findingOf(call: Call, project: Project): Finding[] {
  if (readsToEnd(call.source)) return []
  const uses = usesOfStream(call, aiMajor(project) ?? 7)
  const isHandedOn = uses.has('handed on')
  if (uses.has('read') || (!uses.has('answer') && !isHandedOn)) return []
  // What it is handed to, or a helper elsewhere in the project, may do it.
  const isSure = !isHandedOn && !mentions(project, 'consumeStream')
  const answer = givenName({ node: call.node, source: call.source }) ?? 'answer'
  return [
    {
      id: 'stream-unread',
      severity: isSure ? 'error' : 'warning',
      ...placeOf(call),
      message: isHandedOn
        ? 'Nothing was seen here that reads the stream to its end: without that what an answer cost whose reader left is unknown, though it is billed.'
        : 'Nothing here reads the stream to its end: what an answer cost whose reader left is unknown, though it is billed.',
      add: readingToEnd(answer, project),
    },
  ]
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
