import type { Backend } from '../backends/backend.ts'
import { invalidOption, isRecord, rejectUnknown } from '../invalid-option.ts'

/** A backend that receives traces by OTLP over HTTP, as protobuf. */
export interface Destination {
  /** The name in warnings. */
  readonly name: string
  /** The full URL for traces: `https://collector.example/v1/traces`. */
  readonly url: string
  /**
   * HTTP headers by name, such as a key. None may be empty.
   * @defaultValue `{}`
   */
  readonly headers?: { readonly [name: string]: string } | undefined
  /** Writes the attributes that the backend reads in addition to the canonical ones. */
  readonly backend?: Backend | undefined
}

/** A destination with its settings read. */
export interface ResolvedDestination {
  /** The destination. */
  readonly destination: Destination
  /** The settings to check when the destination refuses spans. */
  readonly settings: readonly string[]
  /** Whether its headers and certificates come from OpenTelemetry's standard variables. */
  readonly isStandard: boolean
}

/** @throws TypeError naming the malformed field. It shows no header values. */
export function assertDestination(destination: Destination, path: string): void {
  if (typeof destination !== 'object' || destination === null) {
    throw invalidOption(path, 'a name or a destination', destination)
  }
  rejectUnknown(destination, path, ['name', 'url', 'headers', 'backend'])
  const { name, url, headers = {}, backend } = destination
  if (typeof name !== 'string' || name === '') throw invalidOption(`${path}.name`, 'text', name)
  assertUrl(`${path}.url`, url)
  if (!isRecord(headers)) {
    throw invalidOption(`${path}.headers`, 'an object of text')
  }
  for (const [header, value] of Object.entries(headers)) {
    if (typeof value !== 'string' || value === '') {
      throw invalidOption(`${path}.headers.${header}`, 'text that is not empty')
    }
  }
  if (backend !== undefined && typeof backend !== 'function') {
    throw invalidOption(`${path}.backend`, 'a function, as of costspan/backends', backend)
  }
}

/** @throws TypeError if `value` is not an HTTP URL. The error does not show it, because it may contain a password. */
export function assertUrl(name: string, value: unknown): void {
  const protocol = typeof value === 'string' && URL.canParse(value) && new URL(value).protocol
  if (protocol === 'https:' || protocol === 'http:') return
  throw invalidOption(name, 'a URL that starts with https:// or http://')
}
