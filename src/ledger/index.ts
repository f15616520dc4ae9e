export { openLedger, type Ledger, type LedgerOptions } from './open-ledger.ts'
export { readLedger } from './read-ledger.ts'
