/** The part of Node's `Buffer` that is used; every runtime with `node:crypto`, which tokens need anyway, has it. */
interface BufferConstructor {
  from(
    text: string,
    encoding: 'utf8' | 'base64url',
  ): {
    toString(encoding: 'utf8' | 'base64url'): string
  }
}

const runtime = globalThis as unknown as { readonly Buffer: BufferConstructor }

/** UTF-8 as base64url, without padding. */
export function toBase64url(text: string): string {
  return runtime.Buffer.from(text, 'utf8').toString('base64url')
}

/** Decodes base64url. Text that `toBase64url` has not written decodes to something else: encode the result to check. */
export function fromBase64url(encoded: string): string {
  return runtime.Buffer.from(encoded, 'base64url').toString('utf8')
}
