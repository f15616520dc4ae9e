import { context, createContextKey, trace, type Context } from '@opentelemetry/api'
import { invalidOption, isRecord, kindOf } from '../invalid-option.ts'
import { warnOnce } from '../warnings/reporter.ts'
import {
  isIdentifier,
  mergeAttribution,
  unattributed,
  toIdentifier,
  REDACTED,
  type StatedAttribution,
} from './attribution.ts'
import { contextProblem, contextTexts } from './context-manager.ts'

/** A stretch of code with a stated attribution: what `withAttribution` opens. */
export interface Boundary {
  /** `setAttribution` may state more. */
  own: StatedAttribution
  /** `own` merged over all outer boundaries, when both were last merged: see {@link mergedOf}. */
  merged: StatedAttribution
  /** What `merged` was made of: the outer attribution, `own`, and `changes.count` at that time. */
  above: StatedAttribution
  mergedFrom: StatedAttribution
  mergedAt: number
  /** The span that was active when the boundary was opened, and so encloses it. */
  readonly openedInSpanId: string | undefined
  /** Reads the route of the request, which most frameworks know only once a handler runs. */
  readonly readRoute: ReadRoute | undefined
  readonly outer: Boundary | undefined
  /**
   * How often `setAttribution` was called on any boundary of the same tree: earlier merges are then out of date. Kept
   * here and not in the module, because a bundler may give a route and the processor a copy of the module each.
   */
  readonly changes: { count: number }
}

/** Returns the pattern of a request's path, such as `/chat/:id`; called when an AI call starts. */
export type ReadRoute = () => unknown

// `createContextKey` is `Symbol.for`: several copies of this package share one key.
const boundaryKey = createContextKey('costspan.attribution')

/** The nearest open boundary of a context. */
export function boundaryOf(from: Context): Boundary | undefined {
  return from.getValue(boundaryKey) as Boundary | undefined
}

/** The route of the request that a context is in, if the middleware of a framework knows it. */
export function routeIn(from: Context): unknown {
  const readRoute = boundaryOf(from)?.readRoute
  if (readRoute === undefined) return undefined
  try {
    return readRoute()
  } catch {
    // A framework may have released the request that a late call belongs to.
    return undefined
  }
}

/** All that a boundary and its outer ones state, `setAttribution` on any of them included. */
export function mergedOf(boundary: Boundary): StatedAttribution {
  const { count } = boundary.changes
  if (boundary.mergedAt === count) return boundary.merged
  const stale: Boundary[] = []
  let outer: Boundary | undefined = boundary
  for (; outer !== undefined && outer.mergedAt !== count; outer = outer.outer) stale.push(outer)
  return stale.reduceRight(remerged, outer?.merged ?? unattributed)
}

/** Returns the same object if nothing has changed, because callers compare it by identity. */
function remerged(above: StatedAttribution, boundary: Boundary): StatedAttribution {
  if (boundary.above !== above || boundary.mergedFrom !== boundary.own) {
    boundary.merged = mergeAttribution(above, boundary.own)
    boundary.above = above
    boundary.mergedFrom = boundary.own
  }
  boundary.mergedAt = boundary.changes.count
  return boundary.merged
}

/**
 * Runs `run` with an attribution: every AI call made inside, however deep and however late, is attributed to it, unless
 * an inner statement overrides it. Boundaries nest and merge field by field. The attribution is kept in the
 * OpenTelemetry context of this process and sent nowhere.
 *
 * @typeParam Result what `run` returns, such as a promise.
 * @param attribution fields that are `undefined`, `null` or empty are not stated.
 * @param run is called once, at once.
 * @returns what `run` returns.
 * @throws TypeError if a field is of a type that cannot be an id, and whatever `run` throws.
 *
 * @example
 * ```ts
 * import { openai } from '@ai-sdk/openai'
 * import { generateText } from 'ai'
 * import { withAttribution } from 'costspan'
 *
 * const { text } = await withAttribution({ userId: 'u_42', tenantId: 'acme', plan: 'pro' }, () =>
 *   generateText({ model: openai('gpt-4o'), prompt: 'Why is the sky blue?' }),
 * )
 * ```
 */
export function withAttribution<Result>(
  attribution: AttributionInput | null | undefined,
  run: () => Result,
): Result {
  if (typeof run !== 'function') throw invalidOption('run', 'a function', run)
  return runInRequest(attribution, undefined, run)
}

/** As `withAttribution`, for the middleware of a framework, which can read the route of the request. */
export function runInRequest<Result>(
  attribution: AttributionInput | null | undefined,
  readRoute: ReadRoute | undefined,
  run: () => Result,
): Result {
  const opened = contextWith(attribution, context.active(), readRoute)
  return context.with(opened, () => {
    warnWithoutContextManager(boundaryOf(opened))
    return run()
  })
}

/**
 * Opens a boundary within that of another context, for code that passes contexts on explicitly.
 *
 * @throws TypeError if a field is of a type that cannot be an id.
 */
export function contextWith(
  attribution: AttributionInput | null | undefined,
  from: Context,
  readRoute?: ReadRoute,
): Context {
  const outer = boundaryOf(from)
  const own = validated(attribution ?? {})
  const above = outer === undefined ? unattributed : mergedOf(outer)
  const changes = outer?.changes ?? { count: 0 }
  const boundary: Boundary = {
    own,
    merged: mergeAttribution(above, own),
    above,
    mergedFrom: own,
    mergedAt: changes.count,
    openedInSpanId: trace.getSpan(from)?.spanContext().spanId,
    readRoute: readRoute ?? outer?.readRoute,
    outer,
    changes,
  }
  return from.setValue(boundaryKey, boundary)
}

/**
 * Changes the attribution of the nearest enclosing `withAttribution`, for requests whose user becomes known only after the
 * boundary was opened. Absent fields stay as they were; a different `userId` drops the plan and tags of the previous one.
 * It applies to calls that start from now on.
 *
 * @throws Error if no boundary is open, because the attribution would be lost.
 * @throws TypeError if a field is of a type that cannot be an id.
 *
 * @example
 * ```ts
 * import { setAttribution } from 'costspan'
 * import { expressAttribution } from 'costspan/middleware'
 * import express from 'express'
 *
 * const app = express()
 * app.use(expressAttribution()) // opens a boundary for every request
 * app.use((request, response, next) => {
 *   setAttribution({ userId: request.get('x-user-id') })
 *   next()
 * })
 * ```
 */
export function setAttribution(attribution: AttributionInput): void {
  const boundary = boundaryOf(context.active())
  const more = validated(attribution)
  if (boundary === undefined) {
    throw new Error(
      'Expected setAttribution to be called inside withAttribution, or behind costspan/middleware',
    )
  }
  boundary.own = mergeAttribution(boundary.own, more)
  boundary.changes.count++
}

/** What `withAttribution` takes: an {@link Attribution} whose ids may still be numbers or null. */
export interface AttributionInput {
  /** A stable id of the user, of at most 256 characters. A number has to be finite, and an integer below 2^53. */
  readonly userId?: string | number | null | undefined
  /** The organisation or workspace of the user, as `userId`. */
  readonly tenantId?: string | number | null | undefined
  /** The plan the user is on, such as `free` or `pro`. */
  readonly plan?: string | null | undefined
  /** A tag that is `undefined`, `null` or empty is not stated. */
  readonly tags?: { readonly [name: string]: string | null | undefined } | null | undefined
  /** A user was stated, but the id was redacted: `restoreAttribution` sets it. */
  readonly redacted?: true | undefined
}

/** Checks an attribution from outside. A TypeError names the field, and never the value. */
export function validated(attribution: AttributionInput): StatedAttribution {
  // A promise that was not awaited would leave the calls unattributed.
  if (!isRecord(attribution)) {
    throw invalidOption('attribution', `an object, got ${kindOf(attribution)}`)
  }
  warnUnknown(attribution)
  const { userId, tenantId, plan, tags, redacted } = attribution
  return {
    userId: identifier('userId', userId) ?? (redacted === true ? REDACTED : undefined),
    tenantId: identifier('tenantId', tenantId),
    plan: identifier('plan', plan),
    tags: validatedTags(tags),
  }
}

const fields = ['userId', 'tenantId', 'plan', 'tags']

/** A misspelt `userid` must not fail a request, but its calls must not be unattributed in silence. */
function warnUnknown(attribution: object): void {
  // `restoreAttribution` sets `redacted`; an application does not.
  const unknown = Object.keys(attribution).find(
    (name) => name !== 'redacted' && !fields.includes(name),
  )
  if (unknown === undefined) return
  warnOnce('unknown field', () => {
    // A key that is no name may be a value, such as a user id.
    const field = /^[A-Za-z_]\w{0,39}$/.test(unknown)
      ? `the field \`${unknown}\``
      : 'an unknown field'
    return `withAttribution ignores ${field}. Use ${fields.join(', ')}; anything else belongs into tags.`
  })
}

function identifier(field: string, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const id = toIdentifier(value)
  // The value identifies a user, so it goes into no message.
  if (id === undefined) {
    throw invalidOption(field, `a string or a finite number, got ${kindOf(value)}`)
  }
  if (id === REDACTED || !isIdentifier(id)) {
    throw invalidOption(
      field,
      'of at most 256 characters, without lone surrogates, or an exact number',
    )
  }
  return id
}

function validatedTags(tags: unknown): StatedAttribution['tags'] {
  if (tags === undefined || tags === null) return undefined
  if (!isRecord(tags)) {
    throw invalidOption('tags', `an object of strings, got ${kindOf(tags)}`)
  }
  const copy = Object.create(null) as { [name: string]: string }
  for (const [name, value] of Object.entries(tags)) {
    const tag = identifier(`tags.${name}`, value)
    if (typeof tag === 'string' && name !== '') copy[name] = tag
  }
  return copy
}

function warnWithoutContextManager(opened: Boundary | undefined): void {
  if (boundaryOf(context.active()) === opened) return
  const problem = contextProblem() ?? 'no-context-manager'
  warnOnce(problem, contextTexts[problem])
}
