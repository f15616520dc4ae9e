import { hasCostFetch } from '../cost-fetch.ts'
import { aiMajor, isNextProject, placeOf } from '../queries.ts'
import type { Finding, CheckResult } from '../finding.ts'
import { callsOf, givenName, mentions, type Located, type Project } from '../project.ts'
import { pathOf, type Call, type Source } from '../module.ts'
import {
  asNode,
  boundNames,
  lineOf,
  nodesIn,
  nodesOf,
  propertyOf,
  textOf,
  type SyntaxNode,
} from '../syntax.ts'
import { answersWithStream, usesOfStream } from '../stream-uses.ts'
import { isBefore } from '../version.ts'

/** Whether streams are read to their end if the client disconnects: the span of a call ends with its stream. */
export function checkStreams(project: Project): CheckResult {
  const streams = callsOf(project, /^ai$/, 'streamText')
  const aborted = streams.flatMap((call) => abortedOf(call, project))
  const major = aiMajor(project) ?? 7
  const answering = streams.filter(
    (call) => answersWithStream(call.source) || usesOfStream(call, major).has('answer'),
  )
  if (answering.length === 0) return { findings: aborted }
  const findings = [...aborted, ...answering.flatMap((call) => findingOf(call, project))]
  const isSeen = answering.every((call) => isReadToEnd(call, project))
  const mayAbort = answering.some((call) => {
    const signal = abortSignalOf(call, project)
    return signal !== undefined && !isOwnSignal(signal, project)
  })
  return isSeen && !mayAbort && findings.length === 0
    ? { findings, fine: 'streams are read to their end' }
    : { findings }
}

const readingName = /^consume(Sse)?Stream$/

/** Whether the function of a stream reads one to its end, or the file does if the stream is passed on. */
function isReadToEnd(call: Call, project: Project): boolean {
  const { node, source } = call
  const uses = usesOfStream(call, aiMajor(project) ?? 7)
  if (uses.has('read')) return true
  let outermost = node
  for (let at = source.parents.get(node); at !== undefined; at = source.parents.get(at)) {
    if (/Function|Method/.test(at.type)) outermost = at
  }
  const [start, end] = [outermost.start ?? 0, outermost.end ?? 0]
  return source.nodes.some(
    (each) =>
      each.type === 'Identifier' &&
      readingName.test(each['name'] as string) &&
      (uses.has('passed on') || ((each.start ?? 0) >= start && (each.end ?? 0) <= end)),
  )
}

/** Whether the client can end any stream, even if other code reads it. */
export function isAnyAborted(project: Project): boolean {
  return callsOf(project, /^ai$/, 'streamText').some((call) => abortedOf(call, project).length > 0)
}

/** Whether every stream is read to its end. */
export function areAllRead(project: Project): boolean {
  const streams = callsOf(project, /^ai$/, 'streamText')
  return streams.length > 0 && streams.every((call) => isReadToEnd(call, project))
}

/** The finding of a stream, unless it is read to its end or answers no request. */
function findingOf(call: Call, project: Project): Finding[] {
  if (isReadToEnd(call, project)) return []
  const uses = usesOfStream(call, aiMajor(project) ?? 7)
  const isPassedOn = uses.has('passed on')
  if (!uses.has('answer') && !isPassedOn) return []
  // The code that receives it, or a helper elsewhere in the project, may read it.
  const isSure = !isPassedOn && !mentions(project, 'consumeStream')
  const answer = givenName({ node: call.node, source: call.source }) ?? 'answer'
  const isRead = isReadFromWire(call, project)
  const cost = isRead ? 'is an estimate' : 'is unknown'
  return [
    {
      id: 'stream-unread',
      severity: isRead ? 'note' : isSure ? 'error' : 'warning',
      ...placeOf(call),
      message: isPassedOn
        ? `No code was found here that reads the stream to its end. If a reader leaves early, the provider bills the answer, and its cost ${cost}.`
        : `Nothing here reads the stream to its end. If a reader leaves early, the provider bills the answer, and its cost ${cost}.`,
      add: readingToEnd(answer, project),
    },
  ]
}

/** A stream with the signal of its request ends when the client disconnects, even if other code reads it. */
function abortedOf(call: Call, project: Project): Finding[] {
  const signal = abortSignalOf(call, project)
  if (signal === undefined || !isOfRequest(signal, 0, project)) return []
  const isRead = isReadFromWire(call, project)
  return [
    {
      id: 'stream-aborted',
      severity: isRead ? 'note' : isReadToEnd(call, project) ? 'error' : 'warning',
      ...placeOf(call),
      line: lineOf(signal.node) ?? call.line,
      message: `The \`abortSignal\` of this stream is that of the request: it ends when the reader leaves, although \`consumeStream()\` reads it, and what the answer cost is ${isRead ? 'an estimate' : 'unknown'}.`,
      add: 'remove `abortSignal`, or give it a signal of your own: abortSignal: AbortSignal.timeout(60_000)',
    },
  ]
}

/** Whether the provider of the model has `costFetch`, which charges an estimate of a stopped stream. */
function isReadFromWire({ arguments: [options], source }: Call, project: Project): boolean {
  if (options === undefined) return false
  const found = project.resolve(options, source)
  const model = propertyOf(found.node, 'model')
  return model !== undefined && hasCostFetch({ node: model, source: found.source }, project)
}

function abortSignalOf(
  { arguments: [options], source }: Call,
  project: Project,
): Located | undefined {
  if (options === undefined) return undefined
  const found = project.resolve(options, source)
  const value = propertyOf(found.node, 'abortSignal')
  return value === undefined ? undefined : project.resolve(value, found.source)
}

/** Whether it is `AbortSignal.timeout(…)`, or the signal of an `AbortController` of the code. */
function isOwnSignal({ node, source }: Located, project: Project): boolean {
  if (node.type === 'CallExpression') return source.callsByNode.get(node)?.name === 'timeout'
  const object = asNode(node['object'])
  const holder = object === undefined ? undefined : project.resolve(object, source).node
  return textOf(asNode(holder?.['callee'])) === 'AbortController'
}

const MOST_STEPS = 6

/** Whether it is `request.signal`, under any name of the request, alone or in `AbortSignal.any([…])`. */
function isOfRequest({ node, source }: Located, depth: number, project: Project): boolean {
  if (depth > MOST_STEPS) return false
  const inside = (each: SyntaxNode): boolean =>
    isOfRequest(project.resolve(each, source), depth + 1, project)
  if (node.type === 'CallExpression' || node.type === 'OptionalCallExpression') {
    return nodesIn(node['arguments']).some(inside)
  }
  if (node.type === 'ArrayExpression') return nodesIn(node['elements']).some(inside)
  if (/^(Conditional|Logical)Expression$/.test(node.type)) {
    return ['consequent', 'alternate', 'left', 'right'].some((part) => {
      const each = asNode(node[part])
      return each !== undefined && inside(each)
    })
  }
  if (node.type === 'Identifier') return isTakenFromRequest(textOf(node) ?? '', source)
  const object = asNode(node['object'])
  if (object === undefined || textOf(asNode(node['property'])) !== 'signal') return false
  const holder = project.resolve(object, source)
  if (holder.node.type === 'NewExpression') return followsRequest(object, source, project)
  return isRequest(holder.node, source)
}

/** Whether it is a parameter or a member of one, not an object that the code makes. */
function isRequest(node: SyntaxNode, source: Source): boolean {
  const [root] = pathOf(node) ?? []
  return (
    root !== undefined &&
    source.nodes.some((each) =>
      nodesIn(each['params']).some((one) => boundNames(one).includes(root)),
    )
  )
}

/** Whether a pattern takes a name from a request: `const { signal } = request`, or a parameter. */
function isTakenFromRequest(name: string, source: Source): boolean {
  return source.nodes.some((node) => {
    const isOfPattern =
      node.type === 'ObjectProperty' &&
      textOf(asNode(node['key'])) === 'signal' &&
      boundNames(asNode(node['value'])).includes(name) &&
      source.parents.get(node)?.type === 'ObjectPattern'
    if (!isOfPattern) return false
    const pattern = source.parents.get(node)
    const above = pattern === undefined ? undefined : source.parents.get(pattern)
    const from = asNode(above?.['init'])
    return from === undefined ? above?.type !== 'VariableDeclarator' : isRequest(from, source)
  })
}

/** Whether a controller follows a request: `request.signal.addEventListener('abort', () => controller.abort())`. */
function followsRequest(controller: SyntaxNode, source: Source, project: Project): boolean {
  const name = textOf(controller)
  return source.calls.some(({ name: called, node, arguments: given }) => {
    const target = asNode(asNode(node['callee'])?.['object'])
    if (called !== 'addEventListener' || target === undefined) return false
    const isRequests = isOfRequest(project.resolve(target, source), MOST_STEPS, project)
    return (
      isRequests &&
      given.some((each) =>
        nodesOf(each).nodes.some((inner) => inner.type === 'Identifier' && textOf(inner) === name),
      )
    )
  })
}

/** The code that reads a stream to its end even if the client disconnects. */
export function readingToEnd(answer: string, project: Project): string {
  if (!isNextProject(project)) {
    return `void ${answer}.consumeStream()   (beside ${answer}.pipeTextStreamToResponse(response), or before the response is returned)`
  }
  const next = project.packages.versionOf('next')
  return next === undefined || !isBefore(next, 15, 1)
    ? `import { after } from 'next/server'\nafter(async () => ${answer}.consumeStream())`
    : `void ${answer}.consumeStream()   (before it is returned, without await)`
}
