import { invalidOption } from '../invalid-option.ts'
import { assertUrl } from './destination.ts'

/** Reads environment variables, and records which were read and which were missing. */
export class Environment {
  readonly read: string[] = []
  readonly missing: string[] = []

  /** The trimmed value: a key may have been copied with its line end. */
  optional(name: string): string | undefined {
    if (!this.read.includes(name)) this.read.push(name)
    const value = process.env[name]?.trim()
    return value === '' ? undefined : value
  }

  /** The value, or an empty string if it is missing, so that one warning can name all missing variables. */
  required(name: string): string {
    const value = this.optional(name)
    if (value === undefined) this.missing.push(name)
    return value ?? ''
  }

  /** The first of several names of one setting that is set; the first name if none is. */
  firstOf(name: string, ...others: readonly string[]): string {
    return [name, ...others].find((one) => this.optional(one) !== undefined) ?? name
  }

  /** @throws TypeError if the value is not a host name. */
  host(name: string, fallback: string): string {
    const value = this.optional(name) ?? fallback
    if (!/^[a-z\d.-]+$/i.test(value)) throw invalidOption(name, 'the name of a host', value)
    return value
  }

  /** @throws TypeError if the value is not an HTTP URL. */
  url(name: string, fallback = ''): string {
    const value = this.optional(name) ?? fallback
    assertUrl(name, value)
    return value
  }

  /**
   * The full URL for traces. The variable may hold a base URL, with or without a trailing slash, and any leading part
   * of `path`.
   *
   * @throws TypeError if the value is not an HTTP URL.
   */
  endpoint(name: string, fallback: string, path: string): string {
    const url = new URL(this.url(name, fallback))
    const base = withoutSlashes(url.pathname)
    const segments = path.split('/')
    // A base that ends in `/api/public/otel` gets only `v1/traces` appended.
    const known = segments.findLastIndex((_, last) =>
      base.endsWith(`/${segments.slice(0, last + 1).join('/')}`),
    )
    url.pathname = [base, ...segments.slice(known + 1)].join('/')
    url.hash = ''
    return url.href
  }
}

/** `path` without trailing slashes. */
function withoutSlashes(path: string): string {
  let end = path.length
  while (path[end - 1] === '/') end -= 1
  return path.slice(0, end)
}
