/** Bundlers replace `process.env.NODE_ENV`, spelt just so; where nothing does, an edge runtime may have no `process`. */
declare const process: { readonly env: { readonly NODE_ENV?: string } }

export function isDevelopment(): boolean {
  try {
    return process.env.NODE_ENV === 'development'
  } catch {
    return false
  }
}
