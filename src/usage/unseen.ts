/*
 * What a span does not show of a usage, as bits. Whether a bit matters depends on the price: unseen cache
 * reads change nothing where a cache read costs as much as other input. Import it as a namespace,
 * `import * as Unseen`: a bundler then shortens each name, as it cannot with the fields of an object.
 */

/** Cache reads are inside `input`, at most priced too high. */
export const cacheReadsInInput = 1 << 0
/** Cache reads are in no bucket, so too little is priced. */
export const cacheReadsMissing = 1 << 1
/** Cache writes are inside `input`; most cost more than other input. */
export const cacheWritesInInput = 1 << 2
/** Cache writes are in no bucket. */
export const cacheWritesMissing = 1 << 3
/** Cache writes are known, but not for how long: priced as five minutes. */
export const cacheWriteDuration = 1 << 4
/** Thinking tokens are missing from `output`. */
export const reasoning = 1 << 5
/** Audio tokens are counted as text. */
export const audio = 1 << 6
/** Image tokens are counted as text. */
export const images = 1 << 7
/** Tools that the provider ran, and may bill by the call. */
export const fees = 1 << 8
/** The provider reported no input tokens. */
export const input = 1 << 9
/** The provider reported no output tokens. */
export const output = 1 << 10
/** The numbers contradict each other, or can be read in two ways. */
export const ambiguous = 1 << 11
/** `ai.response.providerMetadata` is there but is no longer JSON. */
export const metadata = 1 << 12
/** The call broke off: what came after the last count is in none. */
export const brokenOff = 1 << 13
/** A request's baggage may have been copied over what the instrumentation wrote. */
export const overwritten = 1 << 14
/** The span's limit of attributes dropped some. */
export const dropped = 1 << 15
/** The span's limit of lengths cut a value that the price depends on. */
export const cut = 1 << 16
/** The answer was stopped before it ended: what it used is counted by what arrived. */
export const stopped = 1 << 17
/** The answer ended without a report of its usage, which is counted by what was sent and what arrived. */
export const estimated = 1 << 18

/** Bits that make every value of a span uncertain, and so explain what it lacks. */
export const DOUBTS: number = overwritten | dropped | cut

/** Bits of a usage that is an estimate. */
export const COUNTED: number = stopped | estimated

/** Every bit that there is. */
export const ALL: number = (estimated << 1) - 1
