import { createRequire } from 'node:module'

/** The version of the installed package, which resolves its own name. */
export function packageVersion(): string {
  const require = createRequire(import.meta.url)
  return (require('costspan/package.json') as { readonly version: string }).version
}
