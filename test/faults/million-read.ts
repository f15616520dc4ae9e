import { reportCommand } from '../../src/cli/report-command.ts'
import { readLedger } from '../../src/ledger/index.ts'

/**
 * Reads a ledger in a process of its own, with nothing else in its memory: `sum <path> <calls>` sums up its charges,
 * `report <path>` is `costspan report --by user`. Run with `--expose-gc`.
 */
const [what = '', path = '', calls = ''] = process.argv.slice(2)

const collectGarbage = (globalThis as { gc?: () => void }).gc
if (collectGarbage === undefined) throw new Error('run with --expose-gc')
collectGarbage()
const heapBefore = process.memoryUsage().heapUsed

/** What is kept in memory is looked at when the last call has been read, and reading is not over. */
async function sum() {
  let usd = 0
  let charges = 0
  let heldBytes = 0
  for await (const charge of readLedger(path)) {
    usd += charge.usd ?? 0
    charges++
    if (charges !== Number(calls)) continue
    collectGarbage?.()
    heldBytes = process.memoryUsage().heapUsed - heapBefore
  }
  return { usd, charges, heldBytesPerCall: heldBytes / charges }
}

async function report() {
  const printed: string[] = []
  const code = await reportCommand([path, '--by', 'user', '--csv'], (text) => printed.push(text))
  const [, ...users] = printed.join('').trimEnd().split('\r\n')
  const usd = users.reduce((total, line) => total + Number(line.split(',')[1]), 0)
  return { code, users: users.length, usd }
}

const start = performance.now()
const found = what === 'sum' ? await sum() : await report()
const seconds = (performance.now() - start) / 1000
const peakMebibytes = process.resourceUsage().maxRSS / 1024
process.stdout.write(JSON.stringify({ ...found, seconds, peakMebibytes }))
