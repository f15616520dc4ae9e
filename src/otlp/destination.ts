import type { Backend } from '../backends/backend.ts'

/** Where traces are sent to by OTLP over HTTP, as protobuf. */
export interface Destination {
  /** As messages call it. */
  readonly name: string
  /** Of its traces, whole: `https://collector.example/v1/traces`. */
  readonly url: string
  readonly headers?: { readonly [name: string]: string } | undefined
  /** What it reads beside the canonical attributes. */
  readonly backend?: Backend | undefined
  /** The environment variables, or the options, to look at when it refuses. */
  readonly settings?: readonly string[] | undefined
}
