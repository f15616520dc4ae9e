import type { Context } from '@opentelemetry/api'
import { addsNothing } from '../attribution/attribution.ts'
import { boundaryOf, mergedOf } from '../attribution/boundary.ts'
import { mayBeSameCall, type CallIdentity } from '../conventions/model-call.ts'
import { setUpState } from '../diagnostics/set-up-state.ts'
import type { OpenChildren, SpanNode } from '../processor/span-node.ts'
import type { SpanLike } from '../span/span.ts'
import { readableHeaders } from './sent-request.ts'

/*
 * AI SDK 7 sends the requests of objects, embeddings and rerankings in the context of its caller: the span of the call is
 * open, but not active (ai 7.0.173, @ai-sdk/otel 1.0.173). It is found among the open spans below the active one.
 */

/** The AI SDK, or the package of a provider, names itself in its requests. `streamObject` names the provider alone. */
const sentByAiSdk = /(?:^|\s)ai(?:-sdk[\w-]*)?\//

/** Open spans that are looked at. With more, none is the call for certain. */
const MAXIMUM_OPEN = 256

/** Spans of calls whose request has been sent. One that was refused may be sent again. */
const claimed = new WeakSet<object>()

/**
 * Spans whose request is in flight or has its answer. A further request inside of one is another call, or an attempt after
 * one that broke off, which is billed as well.
 */
export const taken = new WeakSet<object>()

/** Whether the AI SDK sends a request. */
export function isSentByAiSdk(headers: RequestInit['headers']): boolean {
  return sentByAiSdk.test(readableHeaders(headers)?.get('user-agent') ?? '')
}

/**
 * Returns the open span of a call that is about to be sent, `undefined` if there is none, or `'uncertain'` if several
 * may be it that differ in their attribution, or in where in the code they are made.
 */
export function claimOpenCall(
  call: CallIdentity,
  active: Context,
): SpanLike | 'uncertain' | undefined {
  const boundary = boundaryOf(active)
  const attribution = boundary && mergedOf(boundary)
  const all = openCalls(call, active)
  if (all === 'uncertain') return all
  const own = all.filter(
    ({ boundary: stated, span }) => stated === attribution && !(span && taken.has(span)),
  )
  const waiting = own.filter(({ span }) => span !== undefined && !claimed.has(span))
  // A call that was refused is sent again below the same span.
  const possible = waiting.length > 0 ? waiting : own
  // Calls are sent in the order in which they start.
  const first = possible.at(-1)
  if (first === undefined) return undefined
  if (!first.isHeld || first.span === undefined) return 'uncertain'
  if (!possible.every((other) => isAlike(first, other))) return 'uncertain'
  claimed.add(first.span)
  return first.span
}

function isAlike(one: SpanNode, other: SpanNode): boolean {
  return (
    addsNothing(one.attribution, other.attribution) &&
    addsNothing(other.attribution, one.attribution) &&
    one.origin?.functionId === other.origin?.functionId
  )
}

/** The open calls that may be this one: right below the active span, or below a group there. The newest comes first. */
function openCalls(call: CallIdentity, active: Context): SpanNode[] | 'uncertain' {
  const found: SpanNode[] = []
  let seen = 0
  for (const part of setUpState().parts) {
    const list = part.openBelow?.(active) as OpenChildren | undefined
    for (let node = list?.latestOpen; node; node = nextIn(list, node)) {
      // Of the spans without a parent, those below another span of the application are in the list of that one.
      if (node.top !== undefined && node.top !== list) continue
      if ((seen += 1 + node.held) > MAXIMUM_OPEN) return 'uncertain'
      if (!addOpen(node, call, found)) addIfSame(node, call, found)
    }
  }
  return found
}

/** Adds the calls right below a span. The outer span of embeddings looks like a call itself. Returns whether there are any. */
function addOpen(above: SpanNode, call: CallIdentity, found: SpanNode[]): boolean {
  const { length } = found
  for (let node = above.latestOpen; node; node = node.older) addIfSame(node, call, found)
  return found.length > length
}

function addIfSame(node: SpanNode, call: CallIdentity, found: SpanNode[]): void {
  if (node.call !== undefined && mayBeSameCall(node.call, call)) found.push(node)
}

/** A span above AI spans that is none itself has a list of its own, beside that of all spans without a parent. */
function nextIn(list: OpenChildren | undefined, node: SpanNode): SpanNode | undefined {
  return node.top !== undefined && node.top === list ? node.olderOfTop : node.older
}
