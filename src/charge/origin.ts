import { isAiSdkScope } from '../conventions/ai-sdk.ts'
import { LONGEST_ID, type ModelCall, type SpanRole } from '../conventions/model-call.ts'
import { text, type ResourceLike, type SpanAttributes, type SpanLike } from '../span/span.ts'

/** What made a call: names that the application chose, each cut after 256 characters. */
export interface CallOrigin {
  /** The place in the code: `functionId` of the AI SDK's telemetry, or of `recordCall`. */
  readonly functionId?: string | undefined
  /** The agent that made the call: `gen_ai.agent.name`. AI SDK 7 writes the function there. */
  readonly agent?: string | undefined
  /** The route of the request that made the call, such as `/chat/:id`, by `costspan/middleware` or `recordCall`. */
  readonly route?: string | undefined
  /** `service.name` of the span's resource; absent if the SDK made it up. */
  readonly service?: string | undefined
  /** `service.version` of the span's resource. */
  readonly release?: string | undefined
}

/** The names that calls inherit from a span above them, or from the request. */
export type InheritedOrigin = Pick<CallOrigin, 'functionId' | 'agent' | 'route'>

/** What the outermost AI spans of a request inherit. */
export function originOfRequest(route: unknown): InheritedOrigin | undefined {
  const name = shortName(route)
  return name === undefined ? undefined : { functionId: undefined, agent: undefined, route: name }
}

/**
 * Returns the names that the spans below a span inherit. Of AI SDK 7 only the outermost span of a generation names
 * the function. AI SDK 4 to 6 name it on each span, but the attributes of an abandoned call are not kept.
 */
export function inheritedOrigin(
  role: SpanRole | undefined,
  scope: string,
  attributes: SpanAttributes,
  outer: InheritedOrigin | undefined,
): InheritedOrigin | undefined {
  if (role !== 'group') return outer
  const name = shortName(
    attributes[scope === 'ai' ? 'ai.telemetry.functionId' : 'gen_ai.agent.name'],
  )
  if (name === undefined) return outer
  return isAiSdkScope(scope)
    ? { functionId: name, agent: outer?.agent, route: outer?.route }
    : { functionId: outer?.functionId, agent: name, route: outer?.route }
}

/** The function of a call, as its own span names it. */
export function functionIdOf(
  { vocabulary }: Pick<ModelCall, 'vocabulary'>,
  attributes: SpanAttributes,
): string | undefined {
  if (vocabulary === 'ai-sdk-7') return shortName(attributes['gen_ai.agent.name'])
  return vocabulary === 'ai-sdk' || vocabulary === 'recorded'
    ? shortName(attributes['ai.telemetry.functionId'])
    : undefined
}

/** The agent of a call, as its own span names it. The AI SDK has no name for agents. */
export function agentOf(
  { vocabulary }: Pick<ModelCall, 'vocabulary'>,
  attributes: SpanAttributes,
): string | undefined {
  return vocabulary === 'ai-sdk-7' || vocabulary === 'ai-sdk'
    ? undefined
    : shortName(attributes['gen_ai.agent.name'])
}

/** The route of a call, as its own span names it: only `recordCall` writes it there. */
export function routeOf(
  { vocabulary }: Pick<ModelCall, 'vocabulary'>,
  attributes: SpanAttributes,
): string | undefined {
  return vocabulary === 'recorded' ? shortName(attributes['http.route']) : undefined
}

function shortName(value: unknown): string | undefined {
  return text(value)?.slice(0, LONGEST_ID)
}

/** Service and release of a resource. */
export type Service = Pick<CallOrigin, 'service' | 'release'>

const unknownService: Service = {}

/** Reads the service of spans; all spans of one tracer provider have the same resource object, so it is read once. */
export class ServiceReader {
  #resource: ResourceLike | undefined
  #service = unknownService

  of({ resource }: SpanLike): Service {
    if (resource === undefined) return unknownService
    if (resource === this.#resource) return this.#service
    const service = readService(resource)
    // Before the detectors have answered it may still change.
    if (resource.asyncAttributesPending !== true) {
      this.#resource = resource
      this.#service = service
    }
    return service
  }
}

/** A resource may be any object, and a charge does not depend on it. */
function readService(resource: ResourceLike): Service {
  try {
    const attributes = settledAttributes(resource)
    const service = shortName(attributes['service.name'])
    return {
      // The SDK's default, such as `unknown_service:node`.
      service: service?.startsWith('unknown_service') === true ? undefined : service,
      release: shortName(attributes['service.version']),
    }
  } catch {
    return unknownService
  }
}

/** SDK 1 and 2 log an error if the attributes are read before all detectors have answered. */
function settledAttributes(resource: ResourceLike): {
  readonly [name: string]: unknown
} {
  if (resource.asyncAttributesPending !== true) return resource.attributes
  // The first value of a name counts.
  return Object.fromEntries((resource.getRawAttributes?.() ?? []).toReversed())
}
