import { ledger } from '../../../ledger'

export const dynamic = 'force-dynamic'

/** Everybody's costs. In your app, ask here who wants to know. */
export function GET() {
  return Response.json(ledger)
}
