/* `costspan/doctor` for runtimes without files: an import must not break the bundle of an edge route. */
import type { Diagnosis } from './diagnose.ts'

export function diagnose(): Promise<Diagnosis> {
  return Promise.reject(
    new Error(
      'Expected diagnose to run in Node.js: this runtime (edge, Workers or a browser) has no files',
    ),
  )
}
