/**
 * A file of every call, for bills. On runtimes without files (edge, Workers, browsers) `openLedger` stores nothing and counts
 * each charge as lost, and `readLedger` rejects.
 *
 * @module
 */
export { openLedger, type Ledger, type LedgerOptions } from './open-ledger.ts'
export type { LedgerProblem } from './problem.ts'
export { readLedger, type ReadLedgerOptions } from './read-ledger.ts'
