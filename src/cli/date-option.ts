const DAY = /^\d{4}-\d\d-\d\d$/
const TIME = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/

/** Minutes: no time zone is further from UTC than 14 hours. */
const MAXIMUM_OFFSET = 14 * 60

/**
 * Parses a day, which begins at midnight UTC, or a time with its zone, into milliseconds since the epoch. The result is
 * the same on every machine: neither the local time zone nor the locale matters.
 *
 * @throws Error for any other value, with an example.
 */
export function toInstant(option: string, value: string): number {
  if (DAY.test(value)) return instantOf(option, value, `${value}T00:00:00Z`)
  const [, day, , , , zone] = TIME.exec(value) ?? []
  if (day === undefined) {
    throw new Error(
      `--${option} ${value} is not a date; --${option} takes a date such as 2026-11-01, which begins at midnight UTC, ` +
        'or a time with its zone such as 2026-11-01T14:30Z',
    )
  }
  if (zone === undefined) {
    throw new Error(
      `--${option} ${value} has no time zone; write ${value}Z for UTC, or ${value}+01:00`,
    )
  }
  if (offsetOf(zone) > MAXIMUM_OFFSET || Number(zone.slice(-2)) > 59) {
    throw new Error(`--${option} ${value} has a time zone ${zone} that does not exist`)
  }
  // `Date.parse` rejects offsets without the colon.
  const colon = /^([+-]\d\d)(\d\d)$/
  const start = value.slice(0, value.length - zone.length)
  dayMustExist(option, value, day)
  return instantOf(option, value, `${start}${zone.replace(colon, '$1:$2')}`)
}

function instantOf(option: string, value: string, iso: string): number {
  dayMustExist(option, value, iso.slice(0, 10))
  return Date.parse(iso)
}

/** JavaScript parses 30 February as 2 March. */
function dayMustExist(option: string, value: string, day: string): void {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) {
    throw new Error(`--${option} ${value} is a day that does not exist`)
  }
}

/** In minutes, without its sign. */
function offsetOf(zone: string): number {
  const digits = zone.replaceAll(/\D/g, '')
  return digits === '' ? 0 : Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))
}

/** `2026-11-01 00:00 UTC`, with seconds unless they are 0. */
export function instantText(milliseconds: number): string {
  const iso = new Date(milliseconds).toISOString()
  const time = iso.endsWith(':00.000Z') ? iso.slice(11, 16) : iso.slice(11, -1)
  return `${iso.slice(0, 10)} ${time} UTC`
}
