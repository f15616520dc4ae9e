/** What every runtime has; the library is compiled without the types of any. */
interface Encodings {
  btoa(bytes: string): string
  atob(base64: string): string
  TextEncoder: new () => { encode(text: string): Uint8Array }
  TextDecoder: new () => { decode(bytes: Uint8Array): string }
}

const runtime = globalThis as unknown as Encodings

/** UTF-8 as base64url, without padding. */
export function toBase64url(text: string): string {
  const bytes = new runtime.TextEncoder().encode(text)
  const base64 = runtime.btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/**
 * The text again. What no `toBase64url` has made comes out as something: encode it again to see.
 *
 * @throws if it is no base64.
 */
export function fromBase64url(encoded: string): string {
  const bytes = runtime.atob(encoded.replaceAll('-', '+').replaceAll('_', '/'))
  return new runtime.TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)))
}
