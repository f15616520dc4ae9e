import { expected } from '../invalid-option.ts'
import { assertUrl } from './destination.ts'

/** Reads settings, and remembers which were looked at and which were missing. */
export class Environment {
  readonly looked: string[] = []
  readonly missing: string[] = []

  /** The value without blanks around it: a key may have been copied with its line's end. */
  optional(name: string): string | undefined {
    if (!this.looked.includes(name)) this.looked.push(name)
    const value = process.env[name]?.trim()
    return value === '' ? undefined : value
  }

  /** The empty text where it is missing: all that are missing are told at once. */
  required(name: string): string {
    const value = this.optional(name)
    if (value === undefined) this.missing.push(name)
    return value ?? ''
  }

  /** Of a setting's names the first one that is set; the first of all where none is. */
  firstOf(name: string, ...others: readonly string[]): string {
    return [name, ...others].find((one) => this.optional(one) !== undefined) ?? name
  }

  /** @throws TypeError if it is no name of a host. */
  host(name: string, fallback: string): string {
    const value = this.optional(name) ?? fallback
    if (!/^[a-z\d.-]+$/i.test(value)) throw expected(name, 'the name of a host', value)
    return value
  }

  /** @throws TypeError if it is no URL. */
  url(name: string, fallback = ''): string {
    const value = this.optional(name) ?? fallback
    assertUrl(name, value)
    return value
  }

  /**
   * An endpoint as people write it: with or without a slash at its end, and with as much as they like of
   * the path that traces are sent to.
   *
   * @throws TypeError if it is no URL.
   */
  endpoint(name: string, fallback: string, path: string): string {
    const url = new URL(this.url(name, fallback))
    const base = withoutSlashes(url.pathname)
    const words = path.split('/')
    // `/api/public/otel` lacks but the rest of the path.
    const known = words.findLastIndex((_, last) =>
      base.endsWith(`/${words.slice(0, last + 1).join('/')}`),
    )
    url.pathname = [base, ...words.slice(known + 1)].join('/')
    url.hash = ''
    return url.href
  }
}

/** Without those at its end. */
function withoutSlashes(path: string): string {
  let end = path.length
  while (path[end - 1] === '/') end -= 1
  return path.slice(0, end)
}
