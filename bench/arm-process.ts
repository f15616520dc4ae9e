import { arms, plain } from './arms.ts'
import type { Request } from './arm-client.ts'
import { Lab } from './measure.ts'

// One arm, in a process that has never seen another: what one processor does to the shape of
// `span.attributes` makes the engine handle those of all others differently.
const arm = arms.find(({ name }) => name === process.argv[2]) ?? plain
const lab = new Lab(arm, { base: await plain.start(), own: await arm.start() })

function answer(request: Request): Promise<unknown> {
  if ('plan' in request) return lab.round(request)
  return 'open' in request ? lab.openRound(request) : lab.retained(request)
}

process.on('message', (request: Request) => {
  void answer(request).then((result) => process.send?.(result))
})
process.send?.('ready')
