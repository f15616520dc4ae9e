export { openLedger, type Ledger, type LedgerOptions } from './open-ledger.ts'
export type { LedgerProblem } from './problem.ts'
export { readLedger, type ReadLedgerOptions } from './read-ledger.ts'
