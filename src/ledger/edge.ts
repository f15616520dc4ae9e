/*
 * `costspan/ledger` for runtimes without files: Next.js' edge runtime, Cloudflare Workers, browsers. Next.js bundles
 * instrumentation.ts for the edge too where a middleware or an edge route exists, and an import of `node:fs` there
 * answers every request with HTTP 500.
 */
import type { Charge } from '../charge/charge.ts'
import { Reporter } from '../warnings/reporter.ts'
import { lostChargesCounter } from './lost-charges.ts'
import type { Ledger } from './open-ledger.ts'

export type { Ledger, LedgerOptions } from './open-ledger.ts'

const reporter = new Reporter()

/** A ledger that stores nothing: each recorded charge is lost and counted, with one warning. */
export function openLedger(): Ledger {
  let lost = 0
  const lostCharges = lostChargesCounter()
  return {
    record: () => {
      lost += 1
      reporter.warn(
        'ledger without files',
        () =>
          'a charge is not in the ledger: this runtime (edge, Workers or a browser) has no files. Store charges ' +
          'in a database by onCharge, or make AI calls in a route with `runtime = "nodejs"`. Reported once.',
      )
      lostCharges.add(1)
    },
    get lost() {
      return lost
    },
    flush: () => Promise.resolve(lost === 0),
    close: () => Promise.resolve(),
  }
}

// oxlint-disable-next-line require-yield -- it throws where the ledger of Node.js reads
export async function* readLedger(): AsyncGenerator<Charge, void, undefined> {
  await Promise.reject(
    new Error(
      'Expected readLedger to run in Node.js: this runtime (edge, Workers or a browser) has no files',
    ),
  )
}
