import type { Backend } from '../backends/backend.ts'
import { expected, isRecord, rejectUnknown } from '../invalid-option.ts'

/** Where traces are sent to by OTLP over HTTP, as protobuf. */
export interface Destination {
  /** As messages call it. */
  readonly name: string
  /** Of its traces, whole: `https://collector.example/v1/traces`. */
  readonly url: string
  readonly headers?: { readonly [name: string]: string } | undefined
  /** What it reads beside the canonical attributes. */
  readonly backend?: Backend | undefined
}

/** A destination, and what to look at when it refuses. */
export interface Target {
  readonly destination: Destination
  readonly settings: readonly string[]
  /** Whose headers and certificates are in OpenTelemetry's standard variables. */
  readonly isStandard: boolean
}

/** @throws TypeError naming the field that is malformed. Values of headers are not shown. */
export function assertDestination(destination: Destination, path: string): void {
  if (typeof destination !== 'object' || destination === null) {
    throw expected(path, 'a name or a destination', destination)
  }
  rejectUnknown(destination, path, ['name', 'url', 'headers', 'backend'])
  const { name, url, headers = {}, backend } = destination
  if (typeof name !== 'string' || name === '') throw expected(`${path}.name`, 'text', name)
  assertUrl(`${path}.url`, url)
  if (!isRecord(headers)) {
    throw expected(`${path}.headers`, 'an object of text')
  }
  for (const [header, value] of Object.entries(headers)) {
    if (typeof value !== 'string' || value === '') {
      throw expected(`${path}.headers.${header}`, 'text that is not empty')
    }
  }
  if (backend !== undefined && typeof backend !== 'function') {
    throw expected(`${path}.backend`, 'a function, as of costspan/backends', backend)
  }
}

/** @throws TypeError if it is no URL of HTTP. It is not shown, for it may hold a password. */
export function assertUrl(name: string, value: unknown): void {
  const protocol = typeof value === 'string' && URL.canParse(value) && new URL(value).protocol
  if (protocol === 'https:' || protocol === 'http:') return
  throw expected(name, 'a URL that starts with https:// or http://')
}
