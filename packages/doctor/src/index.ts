export { diagnose, type Diagnosis, type DiagnoseOptions } from './diagnose.ts'
export type { Finding, FindingId, Severity } from './finding.ts'
