import { recordOne } from '../../../record'

export const dynamic = 'force-dynamic'

export async function GET() {
  return Response.json(await recordOne())
}
