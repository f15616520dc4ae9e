/** An entry of the package. */
export interface Entry {
  /** What a user imports: `costspan/ledger`. */
  readonly specifier: string
  /** The source file, from the root of the repository. */
  readonly source: string
  /** The built file, without `dist/` and `.js`. */
  readonly output: string
}

export declare const entries: readonly Entry[]
