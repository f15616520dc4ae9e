import { recordOne } from '../../../record'

export const runtime = 'edge'

export async function GET() {
  return Response.json(await recordOne())
}
