import type { Charge } from '../charge/charge.ts'
import type { Reporter } from '../warnings/reporter.ts'
import { shownId } from './shown.ts'

/** Bundlers replace `process.env.NODE_ENV`, spelt just so, and a bundle for production then has no code of this line. */
declare const process: { readonly env: { readonly NODE_ENV?: string } }

/** Prints in development that costs are computed, before any backend shows it: `first call: gpt-4o, $0.00475, user named; …`. */
export function reportFirstCall(reporter: Reporter, charge: Charge): void {
  let line: (() => string) | undefined
  try {
    if (process.env.NODE_ENV === 'development') line = () => firstCallLine(charge)
  } catch {
    // Where no bundler has replaced it, an edge runtime may have no `process`.
  }
  if (line !== undefined) reporter.warn('first call', line)
}

function firstCallLine(charge: Charge): string {
  const { call } = charge
  const model = shownId(call.responseModel ?? call.requestModel ?? 'unknown model')
  return `first call: ${model}, ${costOf(charge)}, ${userOf(charge)}${pricesOf(charge)}`
}

const bounds = new Map<Charge['status'], string>([
  ['lower_bound', 'at least '],
  ['upper_bound', 'at most '],
  ['estimated', 'about '],
])

function costOf({ usd, status, reason }: Charge): string {
  const why = reason === undefined ? '' : ` (${reason})`
  if (usd === undefined) return `no cost: ${status}${why}`
  return `${bounds.get(status) ?? ''}$${decimal(usd)}${why}`
}

/** Without an exponent, and without zeros at the end. */
function decimal(usd: number): string {
  const digits = usd.toFixed(12)
  if (Number(digits) === 0) return String(usd)
  let end = digits.length
  while (digits[end - 1] === '0') end--
  return digits.slice(0, digits[end - 1] === '.' ? end - 1 : end)
}

function userOf({ attribution }: Charge): string {
  if (attribution.userId !== undefined) return 'user named'
  return attribution.redacted === true
    ? 'user left out because the id looks personal'
    : 'no user named (use withAttribution)'
}

function pricesOf({ source, priceVersion }: Charge): string {
  return source === 'billed' ? '; billed by the gateway' : `; prices of ${shownId(priceVersion)}`
}
